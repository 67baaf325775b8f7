/**
 * Our store's own statements from T-SQL to SQLite's SQL, shape by shape. It is no translator of
 * T-SQL: a statement of another shape fails in SQLite, and that is noticed.
 */

/** Batches that only a real server has a use for. */
const IGNORED = /SERVERPROPERTY|sp_releaseapplock|ALTER DATABASE/i;

/** Statements for SQLite, in order. */
export function translate(batch: string): string[] {
  if (IGNORED.test(batch)) return [];
  const statements = statementsOf(withoutComments(batch));
  return statements.filter((text) => !/^SET /i.test(text)).map(translateOne);
}

/** Splits at semicolons outside of quotes and parentheses. */
function statementsOf(batch: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i <= batch.length; i += 1) {
    const char = batch[i];
    if (char === "'") isQuoted = !isQuoted;
    if (isQuoted && char !== undefined) continue;
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char !== undefined && (char !== ';' || depth > 0)) continue;
    statements.push(batch.slice(start, i));
    start = i + 1;
  }
  return statements.map((text) => text.trim()).filter((text) => text !== '');
}

function withoutComments(sql: string): string {
  return sql.replace(/^[ \t]*--.*$/gm, '');
}

function translateOne(statement: string): string {
  let sql = statement;
  const view = /EXEC\(N'(CREATE VIEW[\s\S]*)'\)\s*$/.exec(sql)?.[1];
  if (view !== undefined) sql = view.replaceAll("''", "'");
  sql = sql.replace(/^IF OBJECT_ID\([^)]*\) IS NULL\s*/, '');
  sql = sql.replace(/^IF INDEXPROPERTY\(OBJECT_ID\([^)]*\)[^)]*\) IS NULL\s*/, '');
  sql = sql.replace(/^IF OBJECT_ID\([^)]*\) IS NOT NULL\s*DROP VIEW/, 'DROP VIEW IF EXISTS');
  sql = sql.replace(/^CREATE (TABLE|VIEW|INDEX|UNIQUE INDEX) (?!#)/, 'CREATE $1 IF NOT EXISTS ');
  sql = sql.replace(/^CREATE TABLE (?=#)/, 'CREATE TEMP TABLE ');
  sql = sql.replace(/^TRUNCATE TABLE/, 'DELETE FROM');
  sql = sql.replace(/^SAVE TRANSACTION/, 'SAVEPOINT');
  sql = sql.replace(/^ROLLBACK TRANSACTION/, 'ROLLBACK TO');
  sql = joined(typed(timed(sql)));
  sql = sql.replace(/OBJECT_ID\(N?'dbo\.(\w+)'[^)]*\)/g, objectSql("'$1'"));
  sql = sql.replace(/OBJECT_ID\(@name\)/g, objectSql('substr(@name, 6, length(@name) - 6)'));
  sql = sql.replace(/AND schema_id = SCHEMA_ID\('dbo'\)/g, "AND type = 'table'");
  sql = sql.replace(
    /\bsys\.tables\b/g,
    "(SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite%')",
  );
  sql = sql
    .replace(/\bdbo\./g, '')
    .replace(/#(\w+)/g, '"#$1"')
    .replace(/\bN'/g, "'");
  sql = sql.replace(/\bISNULL\(/g, 'ifnull(').replace(/\bCOUNT_BIG\(/g, 'count(');
  return limited(sql);
}

function objectSql(name: string): string {
  return `(SELECT rowid FROM sqlite_schema WHERE name = ${name})`;
}

/** DATETIME2 is text here: it sorts as time does. */
function timed(statement: string): string {
  const made = new RegExp(
    'DATEADD\\(MICROSECOND, CAST\\((.+?) % 1000000 AS INT\\),' +
      '\\s*DATEADD\\(SECOND,[\\s\\S]*?AS DATETIME2\\(6\\)\\)\\)\\)\\)',
    'g',
  );
  return statement
    .replace(
      made,
      (_, us: string) =>
        `(strftime('%Y-%m-%d %H:%M:%S', (${us}) / 1000000, 'unixepoch')
          || printf('.%06d', (${us}) % 1000000))`,
    )
    .replace(
      /DATEDIFF_BIG\(MICROSECOND, CAST\('1970-01-01' AS DATETIME2\(6\)\), (\w+)\)/g,
      '(unixepoch($1) * 1000000 + CAST(substr($1, 21) AS INTEGER))',
    )
    .replace(/CAST\((@\w+) AS DATETIME2\(6\)\)/g, '$1');
}

function typed(statement: string): string {
  const sql = statement.replace(/\s*COLLATE Latin1_General_BIN2/g, '').replace(/\(MAX\)/gi, '');
  // A number given by the table itself is its key.
  const numbered = /\b(INT|BIGINT)\s+IDENTITY\(1, 1\) NOT NULL/;
  if (!numbered.test(sql)) return sql.replace('PRIMARY KEY CLUSTERED', 'PRIMARY KEY');
  return sql
    .replace(numbered, 'INTEGER PRIMARY KEY AUTOINCREMENT')
    .replace(/,\s*CONSTRAINT \w+ PRIMARY KEY \(id\)/, '');
}

/** Changes and deletions by a join. */
function joined(sql: string): string {
  const update = /^UPDATE t SET ([\s\S]+?)\s+FROM (\S+) t JOIN (\S+) s ON ([\s\S]+)$/.exec(sql);
  if (update !== null) {
    const [, values = '', table = '', staging = '', match = ''] = update;
    const plain = values.replace(/(^|,\s*)t\./g, '$1');
    return `UPDATE ${table} AS t SET ${plain} FROM ${staging} AS s WHERE ${match}`;
  }
  const removal = /^DELETE t FROM (\S+) t JOIN (\([\s\S]+\)) s ON ([\s\S]+)$/.exec(sql);
  if (removal === null) return sql;
  const [, table = '', rows = '', match = ''] = removal;
  return `DELETE FROM ${table} AS t WHERE EXISTS (SELECT 1 FROM ${rows} s WHERE ${match})`;
}

/** TOP goes to the end of its SELECT as LIMIT. */
function limited(statement: string): string {
  let sql = statement.replace(
    /OFFSET (@\w+) ROWS FETCH NEXT (\d+) ROWS ONLY/g,
    'LIMIT $2 OFFSET $1',
  );
  for (;;) {
    const top = /SELECT TOP \(([^)]+)\)/.exec(sql);
    if (top === null) return sql;
    const start = top.index + top[0].length;
    const end = endOfSelect(sql, start);
    const body = sql.slice(start, end);
    sql = `${sql.slice(0, top.index)}SELECT${body} LIMIT ${top[1]}${sql.slice(end)}`;
  }
}

function endOfSelect(sql: string, start: number): number {
  let depth = 0;
  for (let i = start; i < sql.length; i += 1) {
    if (sql[i] === '(') depth += 1;
    if (sql[i] === ')') depth -= 1;
    if (depth < 0) return i;
  }
  return sql.length;
}
