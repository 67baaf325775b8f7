/** The `instruments` and `sessions` tables. */
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type { SessionRow } from '../contract.ts';
import type { Database } from './database.ts';

const REGISTER_SQL = `INSERT INTO instruments (venue, symbol, market_type, feed, venue_symbol, base,
    quote, tape)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (venue, symbol, market_type) DO UPDATE SET feed = excluded.feed,
    venue_symbol = excluded.venue_symbol, base = excluded.base, quote = excluded.quote,
    tape = excluded.tape
  RETURNING id`;
const UPDATE_SQL = `UPDATE instruments i SET venue_symbol = n.venue_symbol, base = n.base,
    quote = n.quote, tick_size = n.tick_size, lot_size = n.lot_size,
    contract_size = n.contract_size, status = n.status
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[],
    $8::float8[], $9::float8[], $10::text[]) AS n (venue, symbol, market_type, venue_symbol, base,
    quote, tick_size, lot_size, contract_size, status)
  WHERE i.venue = n.venue AND i.symbol = n.symbol AND i.market_type = n.market_type`;

/** Row ids in the order of the list. */
export async function registerInstruments(
  db: Database,
  instruments: readonly Instrument[],
): Promise<number[]> {
  const ids: number[] = [];
  for (const item of instruments) {
    const { venue, symbol, marketType, feed, venueSymbol, base, quote, tape } = item;
    const values = [venue, symbol, marketType, feed, venueSymbol, base, quote, tape];
    const [row] = await db.rows<{ id: number }>(REGISTER_SQL, values, 'register');
    ids.push(row?.id ?? 0);
  }
  return ids;
}

/** Refreshes known instruments; a venue lists thousands that nobody records. */
export async function updateInstruments(
  db: Database,
  list: readonly InstrumentMeta[],
): Promise<void> {
  await db.run(UPDATE_SQL, [
    list.map((meta) => meta.venue),
    list.map((meta) => meta.symbol),
    list.map((meta) => meta.marketType),
    list.map((meta) => meta.venueSymbol),
    list.map((meta) => meta.base),
    list.map((meta) => meta.quote),
    list.map((meta) => meta.tickSize),
    list.map((meta) => meta.lotSize),
    list.map((meta) => meta.contractSize),
    list.map((meta) => meta.status),
  ]);
}

export async function startSession(db: Database, session: SessionRow): Promise<void> {
  const { sessionId, startedUs, command, version, host, config } = session;
  await db.run(
    `INSERT INTO sessions (session_id, started_us, command, version, host, config)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [sessionId, startedUs, command, version, host, config],
  );
}

export async function endSession(
  db: Database,
  sessionId: string,
  endedUs: number,
  summary: string,
): Promise<void> {
  await db.run('UPDATE sessions SET ended_us = $1, summary = $2 WHERE session_id = $3', [
    endedUs,
    summary,
    sessionId,
  ]);
}
