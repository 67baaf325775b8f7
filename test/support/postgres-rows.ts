/** A PostgreSQL store as any tool would read it: plain SQL, nothing of the project's code. */
import pg from 'pg';
import type { PostgresHost } from './postgres-outside.ts';

const { INT8, NUMERIC, TIMESTAMPTZ } = pg.types.builtins;

/** `2026-01-01 00:00:00.5+00` as the contract spells it: six digits, no zone. */
function contractTime(text: string): string {
  const [seconds = '', fraction = ''] = text.replace(/\+00$/, '').split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}

const asContract = {
  types: {
    getTypeParser: (oid: number) => {
      if (oid === INT8 || oid === NUMERIC) return Number;
      if (oid === TIMESTAMPTZ) return contractTime;
      return pg.types.getTypeParser(oid);
    },
  } as pg.CustomTypesConfig,
  options: '-c timezone=UTC',
};

/** Ids are text in the view, as some venues' are; one that is how a number is written is one. */
function idAsContract(value: unknown): unknown {
  const isNumber = typeof value === 'string' && String(Number(value)) === value;
  return isNumber ? Number(value) : value;
}

/** Rows with the types that the contract's rows have. */
export async function queryAsContract(
  server: PostgresHost,
  database: string,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const rows = await server.query(database, sql, asContract);
  return rows.map((row) =>
    'trade_id' in row ? { ...row, trade_id: idAsContract(row.trade_id) } : row,
  );
}

/** Every row of every table, in a fixed order, as text. Times of migrations left out. */
export async function dumpDatabase(server: PostgresHost, database: string): Promise<string> {
  const tables = await server.query(
    database,
    `SELECT relname AS name FROM pg_class
     WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
       AND relname <> 'schema_migrations' ORDER BY relname`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await server.query(database, `SELECT t::text AS text FROM ${name} t`);
    parts.push(
      `${name}\n${rows
        .map(({ text }) => text)
        .sort()
        .join('\n')}`,
    );
  }
  return parts.join('\n\n');
}
