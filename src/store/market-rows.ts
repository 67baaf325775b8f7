/**
 * Rows of the tables that are kept by instrument and time: which columns, along which key, and what
 * a row becomes for the reader.
 */
import { formatUs } from '../base/clock.ts';
import type { InstrumentKey } from '../model/instrument.ts';
import type { BookRow, DerivativeRow, LiquidationRow, QuoteRow, TradeRow } from './contract.ts';

/** Columns every such table has, under these names in each query. */
export interface TimedColumns {
  readonly ts_us: number;
  readonly recv_us: number;
}

export interface MarketTable<Columns extends TimedColumns, Row> {
  readonly columns: string;
  readonly table: string;
  /** Column of a query's range and order; the key of the table begins with instrument and it. */
  readonly timeColumn: 'ts_us' | 'recv_us';
  /** Order of rows of one time, as the key has it. */
  readonly tieBreak: readonly string[];
  rowOf(names: RowNames, columns: Columns): Row;
}

export interface RowNames {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
}

export interface TradeColumns extends TimedColumns {
  readonly trade_id: number | string;
  readonly price: number;
  readonly size: number;
  readonly flags: number;
}

type QuoteColumns = TimedColumns & Omit<QuoteRow, keyof RowNames>;
type BookColumns = TimedColumns & Omit<BookRow, keyof RowNames>;
type DerivativeColumns = TimedColumns & Omit<DerivativeRow, keyof RowNames>;

interface LiquidationColumns extends TimedColumns {
  readonly price: number;
  readonly size: number;
  readonly is_sell: number;
}

export const TRADES: MarketTable<TradeColumns, TradeRow> = {
  columns: 'trade_id, ts_us, recv_us, price, size, flags',
  table: 'trade',
  timeColumn: 'ts_us',
  tieBreak: ['tape', 'trade_id'],
  rowOf: ({ venue, symbol, market_type, ts, ts_us, recv_us }, { trade_id, price, size, flags }) => {
    const isSell = (flags & 1) !== 0;
    const side = isSell ? 'sell' : 'buy';
    const names = { venue, symbol, market_type, trade_id, ts, ts_us, recv_us };
    return { ...names, price, size, side, is_buyer_maker: isSell };
  },
};

export const QUOTES: MarketTable<QuoteColumns, QuoteRow> = {
  columns: 'ts_us, recv_us, bid_price, bid_size, ask_price, ask_size',
  table: 'quote',
  timeColumn: 'recv_us',
  tieBreak: ['sequence'],
  rowOf: (names, { bid_price, bid_size, ask_price, ask_size }) => ({
    ...names,
    bid_price,
    bid_size,
    ask_price,
    ask_size,
  }),
};

export const BOOKS: MarketTable<BookColumns, BookRow> = {
  columns: 'ts_us, recv_us, sequence, bids, asks',
  table: 'book_snapshot',
  timeColumn: 'recv_us',
  tieBreak: ['coalesce(sequence, -1)'],
  rowOf: (names, { sequence, bids, asks }) => ({ ...names, sequence, bids, asks }),
};

export const DERIVATIVES: MarketTable<DerivativeColumns, DerivativeRow> = {
  columns: 'ts_us, recv_us, mark_price, index_price, funding_rate, next_funding_us, open_interest',
  table: 'derivative',
  timeColumn: 'ts_us',
  tieBreak: ['recv_us'],
  rowOf: (names, columns) => ({
    ...names,
    mark_price: columns.mark_price,
    index_price: columns.index_price,
    funding_rate: columns.funding_rate,
    next_funding_us: columns.next_funding_us,
    open_interest: columns.open_interest,
  }),
};

export const LIQUIDATIONS: MarketTable<LiquidationColumns, LiquidationRow> = {
  columns: 'ts_us, recv_us, price, size, is_sell',
  table: 'liquidation',
  timeColumn: 'ts_us',
  tieBreak: ['is_sell', 'price', 'size'],
  rowOf: (names, { price, size, is_sell }) => ({
    ...names,
    price,
    size,
    side: is_sell === 1 ? 'sell' : 'buy',
  }),
};

/** The `ORDER BY` of a query along the key. */
export function orderSql(
  { timeColumn, tieBreak }: Pick<MarketTable<TimedColumns, unknown>, 'timeColumn' | 'tieBreak'>,
  order: 'asc' | 'desc',
): string {
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  return [timeColumn, ...tieBreak].map((term) => `${term} ${direction}`).join(', ');
}

export function namesOf(key: InstrumentKey, { ts_us, recv_us }: TimedColumns): RowNames {
  const { venue, symbol, marketType } = key;
  return { venue, symbol, market_type: marketType, ts: formatUs(ts_us), ts_us, recv_us };
}
