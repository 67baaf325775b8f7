/** A store held against the truth file of the embedded exchange, trade by trade. */
import { readFileSync } from 'node:fs';
import { rowsOf } from './store-file.ts';

export interface TruthTrade {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly trade_id: number | string;
  readonly ts_us: number;
  readonly price: number;
  readonly size: number;
  readonly side: string;
}

export interface TruthCheck {
  /** Trades compared. */
  readonly trades: number;
  /** In the truth from the first to the last stored trade of the instrument, and not stored. */
  readonly missing: number;
  /** Stored twice. */
  readonly duplicate: number;
  /** Stored with another time, price, size or side. */
  readonly different: number;
  /** Stored and never made. */
  readonly unknown: number;
  /** Made before the first stored trade: not a hole, the recording begins behind them. */
  readonly before: number;
  /** Made after the last stored trade. */
  readonly after: number;
  /** A few of the above, for the report of a failure. */
  readonly samples: readonly string[];
}

const SAMPLES_MAX = 5;
const valuesOf = ({ ts_us, price, size, side }: Omit<TruthTrade, 'trade_id'>): string =>
  `${ts_us} ${price} ${size} ${side}`;

/** Of a SQLite file. */
export function checkTruth(storePath: string, truthPath: string): TruthCheck {
  const rows = rowsOf(storePath, 'SELECT * FROM trades') as unknown as TruthTrade[];
  return compareTruth(rows, truthPath);
}

/** Rows of the view `trades`, in any order. */
export function compareTruth(rows: readonly TruthTrade[], truthPath: string): TruthCheck {
  const stored = new Map<string, Map<string, string>>();
  const count = {
    trades: 0,
    missing: 0,
    duplicate: 0,
    different: 0,
    unknown: 0,
    before: 0,
    after: 0,
  };
  const samples: string[] = [];
  const note = (kind: 'missing' | 'duplicate' | 'different' | 'unknown', what: string) => {
    count[kind] += 1;
    if (samples.length < SAMPLES_MAX) samples.push(`${kind}: ${what}`);
  };
  for (const row of rows) {
    const name = `${row.venue} ${row.symbol} ${row.market_type}`;
    const trades = stored.get(name) ?? new Map<string, string>();
    stored.set(name, trades);
    const id = String(row.trade_id);
    if (trades.has(id)) note('duplicate', `${name} ${id}`);
    trades.set(id, valuesOf(row));
    count.trades += 1;
  }
  // Rows of an instrument stand in the order they were made in; ids may have none. What follows the
  // last stored one is no hole: it is held until a stored one comes.
  const held = new Map<string, string[]>();
  for (const line of readFileSync(truthPath, 'utf8').split('\n')) {
    // The last line may be torn when the exchange was killed.
    if (!line.endsWith('}')) continue;
    const truth = JSON.parse(line) as TruthTrade;
    const name = `${truth.venue} ${truth.symbol} ${truth.market_type}`;
    const id = String(truth.trade_id);
    const values = stored.get(name)?.get(id);
    const missing = held.get(name);
    if (values !== undefined) {
      for (const each of missing ?? []) note('missing', each);
      held.set(name, []);
      if (values !== valuesOf(truth)) note('different', `${line} stored as ${values}`);
      stored.get(name)?.delete(id);
    } else if (missing === undefined) count.before += 1;
    else missing.push(line);
  }
  for (const lines of held.values()) count.after += lines.length;
  for (const [name, trades] of stored) {
    for (const id of trades.keys()) note('unknown', `${name} ${id}`);
  }
  return { ...count, samples };
}
