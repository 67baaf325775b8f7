/** The SQL files: batches, guards, and what must not be in them. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMigrations } from '../../../../src/store/migrate.ts';
import { batchesOf } from '../../../../src/store/mssql/migration-target.ts';

const ROOT = join(import.meta.dirname, '../../../../sql');
const files = loadMigrations('mssql');

describe('sql/mssql', () => {
  test('splits batches at GO alone on a line', () => {
    const sql = "SELECT 'GO';\nGO\nSELECT 1;\n  go  \n\nGO\n-- GO on\nSELECT 2;\n";
    expect(batchesOf(sql)).toEqual(["SELECT 'GO';", 'SELECT 1;', '-- GO on\nSELECT 2;']);
  });

  test('has the numbers and names that sqlite has', () => {
    const names = (store: string) =>
      loadMigrations(store).map(({ version, name }) => [version, name]);
    const known = names('sqlite');
    expect(names('mssql').slice(0, known.length)).toEqual(known);
  });

  test('guards every object, so that a file may run again', () => {
    for (const { sql } of files) {
      const created = sql.match(/^(CREATE |EXEC\(N'CREATE )/gm) ?? [];
      const guarded = sql.match(/^IF (OBJECT_ID|INDEXPROPERTY)\(.*IS NULL\n(CREATE|EXEC)/gm) ?? [];
      expect(created.length).toBe(guarded.length);
    }
    expect(files.length).toBeGreaterThanOrEqual(3);
  });

  test('uses nothing that Babelfish lacks', () => {
    const statements = files.map(({ sql }) => sql.replace(/^--.*$/gm, '')).join('\n');
    expect(statements).not.toMatch(/\bMERGE\b|IGNORE_DUP_KEY|COLUMNSTORE|\bDATETIME\b|DECIMAL/i);
    expect(statements).toMatch(/DATETIME2\(6\)/);
    expect(statements).toMatch(/FLOAT\(53\)/);
  });

  test('has views of the same names and columns as sqlite', () => {
    const views = (store: string) => {
      const sql = readFileSync(join(ROOT, store, '0002-views.sql'), 'utf8');
      return [
        ...sql.matchAll(/^(?:EXEC\(N')?CREATE VIEW (?:IF NOT EXISTS )?(?:dbo\.)?(\w+)/gm),
      ].map((match) => match[1]);
    };
    expect(views('mssql')).toEqual(views('sqlite'));
  });
});
