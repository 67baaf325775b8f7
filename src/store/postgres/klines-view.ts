/**
 * The `…_klines` view of a market: its closed candles of one timeframe under the column names that
 * OHLCV readers (Backtrader feeds, pandas scripts) expect. Times are timestamps in UTC;
 * `close_time` is the bucket's last millisecond.
 */
import type { InstrumentKey } from '../../model/instrument.ts';
import type { Timeframe } from '../../model/timeframe.ts';
import { klinesViewName, unknownInstrument, viewTimeframe } from '../klines-view-name.ts';
import type { Database } from './database.ts';

const FIND_SQL = 'SELECT id FROM instruments WHERE venue = $1 AND symbol = $2 AND market_type = $3';

/** Makes the view, or makes it anew for another timeframe; returns its name. */
export async function createKlinesView(
  db: Database,
  key: InstrumentKey,
  timeframeName: string,
): Promise<string> {
  const timeframe = viewTimeframe(timeframeName);
  const values = [key.venue, key.symbol, key.marketType];
  const [row] = await db.rows<{ id: number }>(FIND_SQL, values);
  if (row === undefined) throw unknownInstrument(key);
  const name = klinesViewName(key);
  const quoted = `"${name.replaceAll('"', '""')}"`;
  // A view takes no parameters: the values are a number and a name of the timeframe grammar.
  await db.script(`DROP VIEW IF EXISTS ${quoted};
    CREATE VIEW ${quoted} AS SELECT
      ts AT TIME ZONE 'UTC' AS open_time, open, high, low, close, volume,
      ${closeTimeSql(timeframe)} AS close_time,
      quote_volume, trade_count, buy_volume AS taker_buy_volume
    FROM candle
    WHERE instrument = ${row.id} AND timeframe = '${timeframe.name}' AND closed = 1
    ORDER BY ts`);
  return name;
}

function closeTimeSql({ unit, count, lengthUs }: Timeframe): string {
  const length = unit === 'M' ? `${count} months` : `${lengthUs / 1_000} milliseconds`;
  return `ts AT TIME ZONE 'UTC' + interval '${length}' - interval '1 millisecond'`;
}
