/** A StoreReader over plain arrays, for tests of what reads a store and not of the store. */

import { EngineError } from '../../src/base/errors.ts';
import { bucketOpenUs, nests, parseTimeframe } from '../../src/model/timeframe.ts';
import type {
  CandleQuery,
  CandleRow,
  CoverageRow,
  GapRow,
  InstrumentRow,
  RowQuery,
  SessionInfo,
  StoreReader,
  TradeRow,
} from '../../src/store/contract.ts';

export interface MemoryRows {
  readonly instruments: InstrumentRow[];
  readonly trades: TradeRow[];
  readonly candles: CandleRow[];
  readonly gaps: GapRow[];
  readonly coverage: CoverageRow[];
  readonly sessions: SessionInfo[];
}

export function emptyRows(): MemoryRows {
  return { instruments: [], trades: [], candles: [], gaps: [], coverage: [], sessions: [] };
}

interface Keyed {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
}

function select<Row extends Keyed>(
  rows: readonly Row[],
  query: RowQuery,
  timeOf: (row: Row) => number,
): Row[] {
  const sign = query.order === 'asc' ? 1 : -1;
  return rows
    .filter(
      (row) =>
        (query.venue === undefined || row.venue === query.venue) &&
        (query.symbol === undefined || row.symbol === query.symbol) &&
        (query.marketType === undefined || row.market_type === query.marketType) &&
        timeOf(row) >= (query.startUs ?? 0) &&
        timeOf(row) < (query.endUs ?? Number.POSITIVE_INFINITY),
    )
    .sort((a, b) => sign * (timeOf(a) - timeOf(b)))
    .slice(0, query.limit);
}

function selectCandles(rows: readonly CandleRow[], query: CandleQuery): CandleRow[] {
  const wanted = parseTimeframe(query.timeframe);
  const own = rows.filter((row) => row.venue === query.venue && row.symbol === query.symbol);
  const stored = [...new Set(own.map((row) => row.timeframe))].flatMap(
    (name) => parseTimeframe(name) ?? [],
  );
  if (wanted === undefined || !stored.some((fine) => nests(fine, wanted))) {
    throw new EngineError(`timeframe ${query.timeframe} is made from no stored one`, {
      code: 'not_derivable',
      retry: 'fatal',
    });
  }
  const exact = rows.filter((row) => row.timeframe === query.timeframe);
  for (const row of exact) {
    if (bucketOpenUs(wanted, row.ts_us) !== row.ts_us) throw new Error('candle off its bucket');
  }
  return select(exact, query, (row) => row.ts_us);
}

export function memoryReader(rows: MemoryRows): StoreReader {
  return {
    trades: async (query) => select(rows.trades, query, (row) => row.ts_us),
    quotes: async () => [],
    books: async () => [],
    derivatives: async () => [],
    liquidations: async () => [],
    candles: async (query) => selectCandles(rows.candles, query),
    gaps: async (query) =>
      select(rows.gaps, { ...query, limit: Number.MAX_SAFE_INTEGER }, (row) => row.from_us)
        .filter((row) => query.kind === undefined || row.kind === query.kind)
        .filter((row) => query.repaired === undefined || (row.repaired === 1) === query.repaired)
        .slice(0, query.limit),
    coverage: async (query) => select(rows.coverage, query, (row) => row.from_us),
    sessions: async (limit) => rows.sessions.slice(0, limit),
    instruments: async () => rows.instruments,
    tables: async () => [],
    close: async () => undefined,
  };
}
