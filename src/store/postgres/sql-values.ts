/** How values cross: times as microseconds, whole numbers as numbers. */
import pg from 'pg';

const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;

/** SQL of the timestamptz of `us`, itself SQL of microseconds since the Unix epoch. */
export function timeSql(us: string): string {
  return `(timestamptz 'epoch' + ${us}::float8 * interval '1 microsecond')`;
}

/** Microseconds since the Unix epoch of `2026-01-31 23:59:59.123456+00`, a session in UTC. */
export function parseTimestamp(text: string): number {
  const dot = text.indexOf('.');
  const plus = text.indexOf('+');
  const seconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`) * 1_000;
  return dot < 0 ? seconds : seconds + Number(text.slice(dot + 1, plus).padEnd(6, '0'));
}

/** Parsers by type; whole numbers fit, as the writer checks what goes in. */
export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8 || oid === NUMERIC) return Number;
    if (oid === TIMESTAMPTZ) return parseTimestamp;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as typeof pg.types.getTypeParser,
};
