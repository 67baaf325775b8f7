/** The tables whose rows are merged in memory and written back whole: columns, keys, packing. */
import type { CandleKey, StoredCandle } from '../server/candle-batch.ts';
import type { CoverageRange, StoredCoverage } from '../server/coverage-batch.ts';
import type { DerivativeTick } from '../server/derivative-merge.ts';
import type { GapKey, StoredGap } from '../server/ledger-batch.ts';
import type { RowPacker } from './row-packer.ts';
import { wireColumns } from './row-tables.ts';
import type { StagedRows, StagedTable } from './staging.ts';

const NO_NUMBER = Number.NaN;

export const CANDLE_KEYS: StagedTable = {
  staging: '#candle_key',
  columns: wireColumns('instrument int', 'timeframe text 8', 'open_us bigint'),
};

export function packCandleKey(packer: RowPacker, key: CandleKey): void {
  packer.int(key.instrument);
  packer.text(key.timeframe);
  packer.bigint(key.openUs);
}

export const CANDLES_IN: StagedRows = {
  table: 'candle',
  staging: '#candle_in',
  columns: wireColumns(
    'instrument int',
    'timeframe text 8',
    'open_us bigint',
    'recv_us bigint',
    'open float',
    'high float',
    'low float',
    'close float',
    'volume float',
    'quote_volume float',
    'buy_volume float',
    'trade_count bigint',
    'first_trade_id bigint?',
    'last_trade_id bigint?',
    'state tinyint',
    'closed tinyint',
    'rebuilt tinyint',
    'revision int',
  ),
  key: ['instrument', 'timeframe', 'open_us'],
};

export function packCandle(packer: RowPacker, row: StoredCandle): void {
  packCandleKey(packer, row);
  packer.bigint(row.recvUs);
  packer.float(row.open);
  packer.float(row.high);
  packer.float(row.low);
  packer.float(row.close);
  packer.float(row.volume);
  packer.float(row.quoteVolume);
  packer.float(row.buyVolume);
  packer.bigint(row.tradeCount);
  packer.bigintOrNull(row.firstTradeId);
  packer.bigintOrNull(row.lastTradeId);
  packer.tinyint(row.state);
  packer.tinyint(row.isClosed ? 1 : 0);
  packer.tinyint(row.isRebuilt ? 1 : 0);
  packer.int(row.revision);
}

export const DERIVATIVE_KEYS: StagedTable = {
  staging: '#derivative_key',
  columns: wireColumns('instrument int', 'ts_us bigint', 'recv_us bigint'),
};

export function packDerivativeKey(packer: RowPacker, tick: DerivativeTick): void {
  packer.int(tick.instrument);
  packer.bigint(tick.tsUs);
  packer.bigint(tick.recvUs);
}

export const DERIVATIVES_IN: StagedRows = {
  table: 'derivative',
  staging: '#derivative_in',
  columns: wireColumns(
    'instrument int',
    'ts_us bigint',
    'recv_us bigint',
    'mark_price float?',
    'index_price float?',
    'funding_rate float?',
    'next_funding_us bigint?',
    'open_interest float?',
  ),
  key: ['instrument', 'ts_us', 'recv_us'],
};

export function packDerivative(packer: RowPacker, tick: DerivativeTick): void {
  const [mark, index, funding, nextFundingUs, openInterest] = tick.values;
  packDerivativeKey(packer, tick);
  packer.floatOrNull(mark ?? NO_NUMBER);
  packer.floatOrNull(index ?? NO_NUMBER);
  packer.floatOrNull(funding ?? NO_NUMBER);
  packer.bigintOrNull(nextFundingUs ?? NO_NUMBER);
  packer.floatOrNull(openInterest ?? NO_NUMBER);
}

const GAP_KEY_COLUMNS = [
  'instrument int',
  'kind text 32',
  'channel tinyint',
  'from_key bigint',
  'from_us bigint',
  'content_hash text 32',
];
export const GAP_KEY = GAP_KEY_COLUMNS.map((column) => column.split(' ')[0] ?? '');

export const GAP_KEYS: StagedTable = {
  staging: '#gap_key',
  columns: wireColumns(...GAP_KEY_COLUMNS),
};

export function packGapKey(packer: RowPacker, key: GapKey): void {
  packer.int(key.instrument);
  packer.text(key.kind);
  packer.tinyint(key.channel);
  packer.bigint(key.fromId ?? -1);
  packer.bigint(key.fromUs);
  packer.text(key.contentHash);
}

/** place: the order in which new rows are numbered. */
export const GAPS_IN: StagedTable = {
  staging: '#gap_in',
  columns: wireColumns(
    'place int',
    'row_id bigint?',
    ...GAP_KEY_COLUMNS,
    'from_id bigint?',
    'to_id bigint?',
    'to_us bigint?',
    'missing bigint',
    'cause long',
    'detected_us bigint',
    'repaired tinyint',
    'repaired_us bigint?',
    'how long?',
  ),
};

export function packGap(packer: RowPacker, row: StoredGap, place: number): void {
  packer.int(place);
  packer.bigintOrNull(row.rowId ?? NO_NUMBER);
  packGapKey(packer, row);
  packer.bigintOrNull(row.fromId ?? NO_NUMBER);
  packer.bigintOrNull(row.toId ?? NO_NUMBER);
  packer.bigintOrNull(row.toUs ?? NO_NUMBER);
  packer.bigint(row.missing);
  packer.long(row.cause);
  packer.bigint(row.detectedUs);
  packer.tinyint(row.repaired);
  packer.bigintOrNull(row.repairedUs ?? NO_NUMBER);
  packer.long(row.how);
}

export const COVERAGE_RANGES: StagedTable = {
  staging: '#coverage_range',
  columns: wireColumns(
    'instrument int',
    'tape tinyint',
    'is_by_id tinyint',
    'range_from bigint',
    'range_to bigint',
  ),
};

export function packCoverageRange(packer: RowPacker, range: CoverageRange): void {
  packer.int(range.instrument);
  packer.tinyint(range.tape);
  packer.tinyint(range.isById ? 1 : 0);
  packer.bigint(range.from);
  packer.bigint(range.to);
}

export const COVERAGE_IN: StagedTable = {
  staging: '#coverage_in',
  columns: wireColumns(
    'place int',
    'row_id bigint?',
    'instrument int',
    'tape tinyint',
    'from_id bigint?',
    'to_id bigint?',
    'from_us bigint',
    'to_us bigint',
  ),
};

export function packCoverage(packer: RowPacker, row: StoredCoverage, place: number): void {
  packer.int(place);
  packer.bigintOrNull(row.rowId ?? NO_NUMBER);
  packer.int(row.instrument);
  packer.tinyint(row.tape);
  packer.bigintOrNull(row.fromId ?? NO_NUMBER);
  packer.bigintOrNull(row.toId ?? NO_NUMBER);
  packer.bigint(row.fromUs);
  packer.bigint(row.toUs);
}
