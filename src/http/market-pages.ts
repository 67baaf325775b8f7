/**
 * Pages of rows that stores keep by instrument and time: trades, quotes, books, derivative ticks,
 * liquidations. Used by the routes of each.
 */
import type { InstrumentKey } from '../model/instrument.ts';
import type { RowQuery } from '../store/contract.ts';
import type { InstrumentListing } from './instrument-directory.ts';
import type { KeyPart, PageSource, TimeRange } from './row-pager.ts';

export interface MarketRows<Row> {
  /** Rows of one instrument along its key. */
  read(query: RowQuery & InstrumentKey): Promise<Row[]>;
  /** The time the query's range and order mean. */
  timeOf(row: Row): number;
  /** Tells rows of one time and instrument apart. */
  keyOf(row: Row): readonly KeyPart[];
}

interface NamedRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
}

export function marketSource<Row extends NamedRow>(
  rows: MarketRows<Row>,
  instruments: readonly InstrumentListing[],
  order: 'asc' | 'desc',
): PageSource<Row> {
  const sign = order === 'asc' ? 1 : -1;
  const { timeOf } = rows;
  return {
    timeOf,
    keyOf: (row) => [row.venue, row.symbol, row.market_type, ...rows.keyOf(row)],
    // Instrument by instrument: stores find those rows by key, where a query over all of them would
    // sort a whole table.
    async read(range, limit) {
      let merged: Row[] = [];
      for (const { venue, symbol, marketType } of instruments) {
        const key = { venue, symbol, marketType };
        const last = merged.length < limit ? undefined : merged.at(-1);
        const within = last === undefined ? range : narrowed(range, order, timeOf(last));
        const found = await rows.read({ ...key, ...rangeOf(within), limit, order });
        if (merged.length === 0) merged = found;
        else if (found.length > 0) {
          merged.push(...found);
          merged.sort((a, b) => sign * (timeOf(a) - timeOf(b)));
          merged = merged.slice(0, limit);
        }
      }
      return merged;
    },
  };
}

/**
 * A page is full: of the next instrument, only rows up to the time of its last row can still enter.
 */
function narrowed(range: TimeRange, order: 'asc' | 'desc', lastUs: number): TimeRange {
  return order === 'asc'
    ? { startUs: range.startUs, endUs: lastUs + 1 }
    : { startUs: lastUs, endUs: range.endUs };
}

/** Absent rather than undefined, as the contract's optional properties want it. */
export function rangeOf(range: TimeRange): Pick<RowQuery, 'startUs' | 'endUs'> {
  return {
    ...(range.startUs === undefined ? {} : { startUs: range.startUs }),
    ...(range.endUs === undefined ? {} : { endUs: range.endUs }),
  };
}
