/** A PostgreSQL store held against the truth file of the embedded exchange. */
import { expect } from 'bun:test';
import type { PostgresServer } from './postgres-server.ts';
import { compareTruth, type TruthTrade } from './truth-check.ts';

export const NO_FAULTS = { missing: 0, duplicate: 0, different: 0, unknown: 0 };
const TRADES_SQL = `SELECT venue, symbol, market_type, trade_id::text AS trade_id,
  ts_us::float8 AS ts_us, price, size, side FROM trades`;
const TWICE_SQL = `SELECT count(*)::int AS n FROM (SELECT 1 FROM trades
  GROUP BY venue, symbol, market_type, trade_id HAVING count(*) > 1) t`;

/** Every trade of the truth is there, once. */
export async function expectTruth(
  server: PostgresServer,
  database: string,
  truth: string,
): Promise<void> {
  const rows = (await server.query(database, TRADES_SQL)) as unknown as TruthTrade[];
  const found = compareTruth(rows, truth);
  console.log(`postgres truth: ${JSON.stringify(found)}`);
  expect(found).toMatchObject(NO_FAULTS);
  expect(found.trades).toBeGreaterThan(1_000);
  expect(await server.query(database, TWICE_SQL)).toEqual([{ n: 0 }]);
}
