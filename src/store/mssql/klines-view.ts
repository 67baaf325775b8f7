/**
 * `<venue>_<symbol>_klines`: one market's closed candles of one timeframe under the column names
 * that OHLCV readers (Backtrader feeds, pandas scripts) expect. Times are DATETIME2, UTC;
 * `close_time` is the bucket's last millisecond. A view has no order of its own: readers say
 * `ORDER BY open_time`.
 */
import type { InstrumentKey } from '../../model/instrument.ts';
import type { Timeframe } from '../../model/timeframe.ts';
import { klinesViewName, unknownInstrument, viewTimeframe } from '../klines-view-name.ts';
import type { Connection } from './database.ts';

const FIND_SQL = `SELECT id FROM dbo.instruments
  WHERE venue = @venue AND symbol = @symbol AND market_type = @market_type`;

/** Makes the view, or makes it anew for another timeframe; returns its name. */
export async function createKlinesView(
  connection: Connection,
  key: InstrumentKey,
  timeframeName: string,
): Promise<string> {
  const timeframe = viewTimeframe(timeframeName);
  const { venue, symbol, marketType } = key;
  const [row] = await connection.rows<{ id: number }>(FIND_SQL, {
    venue,
    symbol,
    market_type: marketType,
  });
  if (row === undefined) throw unknownInstrument(key);
  const name = klinesViewName(key);
  const quoted = quotedName(name);
  await connection.batch(`IF OBJECT_ID(N'dbo.${name.replaceAll("'", "''")}', N'V') IS NOT NULL
    DROP VIEW dbo.${quoted};`);
  // A view takes no parameters: the values are a number and a name of the timeframe grammar.
  await connection.batch(`CREATE VIEW dbo.${quoted} AS SELECT
      ${timeSql('open_us')} AS open_time,
      [open], high, low, [close], volume,
      ${closeTimeSql(timeframe)} AS close_time,
      quote_volume, trade_count, buy_volume AS taker_buy_volume
    FROM dbo.candle
    WHERE instrument = ${row.id} AND timeframe = N'${timeframe.name}' AND closed = 1;`);
  return name;
}

/** µs since the Unix epoch as DATETIME2(6); in steps, as DATEADD takes an INT. */
export function timeSql(us: string): string {
  return `DATEADD(MICROSECOND, CAST((${us}) % 1000000 AS INT),
    DATEADD(SECOND, CAST((${us}) / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST((${us}) / 86400000000 AS INT), CAST('1970-01-01' AS DATETIME2(6)))))`;
}

export function quotedName(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`;
}

function closeTimeSql({ unit, count, lengthUs }: Timeframe): string {
  if (unit !== 'M') return timeSql(`open_us + ${lengthUs - 1_000}`);
  return `DATEADD(MILLISECOND, -1, DATEADD(MONTH, ${count}, ${timeSql('open_us')}))`;
}
