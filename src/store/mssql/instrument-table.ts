/** The `instruments` and `sessions` tables. */
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type { SessionRow } from '../contract.ts';
import type { Connection } from './database.ts';

const KEY = 'venue = @venue AND symbol = @symbol AND market_type = @market_type';
// The row's number comes last, whether it was there or not.
const REGISTER_SQL = `UPDATE dbo.instruments SET feed = @feed, venue_symbol = @venue_symbol,
    base = @base, quote = @quote, tape = @tape WHERE ${KEY};
  INSERT INTO dbo.instruments (venue, symbol, market_type, feed, venue_symbol, base, quote, tape)
  SELECT @venue, @symbol, @market_type, @feed, @venue_symbol, @base, @quote, @tape
  WHERE NOT EXISTS (SELECT 1 FROM dbo.instruments WHERE ${KEY});
  SELECT id FROM dbo.instruments WHERE ${KEY};`;
const META_SQL = `UPDATE dbo.instruments SET venue_symbol = @venue_symbol, base = @base,
    quote = @quote, tick_size = @tick_size, lot_size = @lot_size, contract_size = @contract_size,
    status = @status
  WHERE ${KEY}`;
const KNOWN_SQL = 'SELECT venue, symbol, market_type FROM dbo.instruments';
const START_SQL = `INSERT INTO dbo.sessions (session_id, started_us, command, version, host, config)
  SELECT @session_id, @started_us, @command, @version, @host, @config
  WHERE NOT EXISTS (SELECT 1 FROM dbo.sessions WHERE session_id = @session_id)`;
const END_SQL = `UPDATE dbo.sessions SET ended_us = @ended_us, summary = @summary
  WHERE session_id = @session_id`;

/** Row ids in the order of `instruments`. */
export async function registerInstruments(
  connection: Connection,
  instruments: readonly Instrument[],
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const item of instruments) {
    const [row] = await connection.rows<{ id: number }>(REGISTER_SQL, {
      venue: item.venue,
      symbol: item.symbol,
      market_type: item.marketType,
      feed: item.feed,
      venue_symbol: item.venueSymbol,
      base: item.base,
      quote: item.quote,
      tape: item.tape,
    });
    ids.push(row?.id ?? 0);
  }
  return ids;
}

/** Refreshes known instruments; a venue lists thousands that nobody records. */
export async function updateMeta(
  connection: Connection,
  list: readonly InstrumentMeta[],
): Promise<void> {
  type Known = { venue: string; symbol: string; market_type: string };
  const rows = await connection.rows<Known>(KNOWN_SQL);
  const known = new Set(rows.map((row) => `${row.venue} ${row.symbol} ${row.market_type}`));
  for (const meta of list) {
    if (!known.has(`${meta.venue} ${meta.symbol} ${meta.marketType}`)) continue;
    await connection.change(META_SQL, {
      venue: meta.venue,
      symbol: meta.symbol,
      market_type: meta.marketType,
      venue_symbol: meta.venueSymbol,
      base: meta.base,
      quote: meta.quote,
      tick_size: meta.tickSize,
      lot_size: meta.lotSize,
      contract_size: meta.contractSize,
      status: meta.status,
    });
  }
}

export async function startSession(connection: Connection, session: SessionRow): Promise<void> {
  await connection.change(START_SQL, {
    session_id: session.sessionId,
    started_us: session.startedUs,
    command: session.command,
    version: session.version,
    host: session.host,
    config: session.config,
  });
}

export async function endSession(
  connection: Connection,
  sessionId: string,
  endedUs: number,
  summary: string,
): Promise<void> {
  await connection.change(END_SQL, { session_id: sessionId, ended_us: endedUs, summary });
}
