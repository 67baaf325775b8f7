/**
 * Candles made from the `trades` view by SQL alone, and what the `candles` view has against them:
 * prices and counts must be equal, sums agree to 1e-12.
 */
import { rowsOf, type SqlRow } from './store-file.ts';

const UNIT_US: Readonly<Record<string, number>> = { s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 };
const WEEK_US = 6.048e11;
/** Monday, 5 January 1970. */
const FIRST_MONDAY_US = 3.456e11;
const SUM_TOLERANCE = 1e-12;
const SUMS = ['volume', 'quote_volume', 'buy_volume'] as const;
const EXACT = ['open', 'high', 'low', 'close', 'trade_count'] as const;

/** Text of `ts_us`'s bucket in SQL. */
function bucketSql(timeframe: string): string {
  const count = Number.parseInt(timeframe, 10);
  const unit = timeframe.at(-1) ?? '';
  if (unit === 'M') {
    if (count !== 1) throw new Error(`no query for ${timeframe}`);
    return "unixepoch(ts_us / 1000000, 'unixepoch', 'start of month') * 1000000";
  }
  const origin = unit === 'w' ? FIRST_MONDAY_US : 0;
  const length = count * (unit === 'w' ? WEEK_US : UNIT_US[unit]!);
  return `(ts_us - ${origin}) / ${length} * ${length} + ${origin}`;
}

function expectedCandles(path: string, timeframe: string): SqlRow[] {
  return rowsOf(
    path,
    `WITH placed AS (SELECT *, ${bucketSql(timeframe)} AS bucket FROM trades),
      ranked AS (
        SELECT *,
          row_number() OVER (PARTITION BY venue, symbol, market_type, bucket
            ORDER BY ts_us, trade_id) AS from_first,
          row_number() OVER (PARTITION BY venue, symbol, market_type, bucket
            ORDER BY ts_us DESC, trade_id DESC) AS from_last
        FROM placed)
    SELECT venue, symbol, market_type, bucket AS ts_us,
      max(iif(from_first = 1, price, NULL)) AS open, max(price) AS high, min(price) AS low,
      max(iif(from_last = 1, price, NULL)) AS close, count(*) AS trade_count,
      sum(size) AS volume, sum(price * size) AS quote_volume,
      sum(iif(side = 'buy', size, 0.0)) AS buy_volume
    FROM ranked GROUP BY venue, symbol, market_type, bucket`,
  );
}

function keyOf({ venue, symbol, market_type, ts_us }: SqlRow): string {
  return `${venue} ${symbol} ${market_type} ${ts_us}`;
}

export interface CandleCheck {
  /** Candles compared. */
  readonly count: number;
  /** One line for each that is missing, wrong or made of no trade. */
  readonly faults: readonly string[];
}

export function checkCandles(path: string, timeframes: readonly string[]): CandleCheck {
  const faults: string[] = [];
  let count = 0;
  for (const timeframe of timeframes) {
    const stored = new Map(
      rowsOf(path, 'SELECT * FROM candles WHERE timeframe = ?', timeframe).map((row) => [
        keyOf(row),
        row,
      ]),
    );
    for (const expected of expectedCandles(path, timeframe)) {
      const key = keyOf(expected);
      const fault = difference(stored.get(key), expected);
      if (fault !== undefined) faults.push(`${timeframe} ${key} ${fault}`);
      stored.delete(key);
      count += 1;
    }
    for (const key of stored.keys()) faults.push(`${timeframe} ${key} has no trade`);
  }
  return { count, faults };
}

function difference(stored: SqlRow | undefined, expected: SqlRow): string | undefined {
  if (stored === undefined) return 'is missing';
  for (const name of EXACT) {
    if (stored[name] !== expected[name]) return `${name} ${stored[name]}, not ${expected[name]}`;
  }
  for (const name of SUMS) {
    const [is, want] = [Number(stored[name]), Number(expected[name])];
    if (Math.abs(is - want) > SUM_TOLERANCE * Math.abs(want)) return `${name} ${is}, not ${want}`;
  }
  return undefined;
}

/** Stored candles that claim more trades than their bucket has: halves of nothing stored. */
export function candlesAheadOfTrades(path: string, timeframes: readonly string[]): string[] {
  return timeframes.flatMap((timeframe) => {
    const counts = new Map(
      rowsOf(
        path,
        `SELECT venue, symbol, market_type, ${bucketSql(timeframe)} AS ts_us, count(*) AS n
          FROM trades GROUP BY venue, symbol, market_type, ${bucketSql(timeframe)}`,
      ).map((row) => [keyOf(row), Number(row.n)]),
    );
    return rowsOf(path, 'SELECT * FROM candles WHERE timeframe = ?', timeframe)
      .filter((row) => Number(row.trade_count) > (counts.get(keyOf(row)) ?? 0))
      .map((row) => `${timeframe} ${keyOf(row)}: ${row.trade_count} of ${counts.get(keyOf(row))}`);
  });
}
