/**
 * `<venue>_<symbol>_klines`: one market's closed candles of one timeframe under the column names
 * that OHLCV readers (Backtrader feeds, pandas scripts) expect. `binance_btcusdt_klines` is spot;
 * other market types are named: `binance_btcusdt_perp_klines`. Times are `YYYY-MM-DD HH:MM:SS` UTC,
 * Backtrader's default; `close_time` is the bucket's last millisecond.
 */
import type { Database } from 'bun:sqlite';
import type { InstrumentKey } from '../../model/instrument.ts';
import type { Timeframe } from '../../model/timeframe.ts';
import { klinesViewName, unknownInstrument, viewTimeframe } from '../klines-view-name.ts';
import { readRows } from './statements.ts';

/** Makes the view, or makes it anew for another timeframe; returns its name. */
export function createKlinesView(db: Database, key: InstrumentKey, timeframeName: string): string {
  const timeframe = viewTimeframe(timeframeName);
  const row = readRows<{ id: number }>(
    db,
    'SELECT id FROM instruments WHERE venue = ? AND symbol = ? AND market_type = ?',
    key.venue,
    key.symbol,
    key.marketType,
  )[0];
  if (row === undefined) throw unknownInstrument(key);
  const name = klinesViewName(key);
  const quoted = `"${name.replaceAll('"', '""')}"`;
  // A view takes no parameters: the values are a number and a name of the timeframe grammar.
  const create = `CREATE VIEW ${quoted} AS SELECT
      strftime('%Y-%m-%d %H:%M:%S', open_us / 1000000, 'unixepoch') AS open_time,
      open, high, low, close, volume,
      ${closeTimeSql(timeframe)} AS close_time,
      quote_volume, trade_count, buy_volume AS taker_buy_volume
    FROM candle
    WHERE instrument = ${row.id} AND timeframe = '${timeframe.name}' AND closed = 1
    ORDER BY open_us`;
  db.transaction(() => {
    db.run(`DROP VIEW IF EXISTS ${quoted}`);
    db.run(create);
  }).immediate();
  return name;
}

function closeTimeSql({ unit, count, lengthUs }: Timeframe): string {
  if (unit !== 'M') {
    const lastMs = `(open_us + ${lengthUs}) / 1000 - 1`;
    return `strftime('%Y-%m-%d %H:%M:%S', (${lastMs}) / 1000, 'unixepoch')
      || printf('.%03d', (${lastMs}) % 1000)`;
  }
  const end = `datetime(open_us / 1000000, 'unixepoch', '+${count} months')`;
  return `strftime('%Y-%m-%d %H:%M:%S', ${end}, '-1 second') || '.999'`;
}
