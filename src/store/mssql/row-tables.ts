/**
 * The tables whose rows come in bulk and never change: their columns as they are loaded, and how a
 * record becomes a row. Fields go straight from the record's bytes into the packed row.
 */
import type { RecordBytes } from '../../base/record-bytes.ts';
import { readTradeId } from '../../model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  Common,
  Flag,
  LEVEL_LENGTH,
  Liquidation,
  Quote,
  Trade,
} from '../../model/record-layout.ts';
import { levelsText } from '../row-text.ts';
import type { BulkTable } from '../server/row-list.ts';
import { ID_LIMIT } from '../stored-rows.ts';
import type { RowPacker } from './row-packer.ts';
import type { SeenKeys } from './seen-keys.ts';
import type { StagedRows } from './staging.ts';
import type { WireColumn, WireKind } from './wire-types.ts';

/** Longest trade id that is no number, in UTF-16 units. */
export const TRADE_TEXT_LENGTH_MAX = 200;

export interface BulkRows extends StagedRows {
  /** Notes the row's key; false when it is one of `seen`. */
  readonly isNew: (
    seen: SeenKeys,
    bytes: RecordBytes,
    at: number,
    instrument: number,
    tape: number,
  ) => boolean;
  /** Why the database would refuse the row, or ''. */
  readonly problemOf?: (bytes: RecordBytes, at: number) => string;
  readonly pack: (
    packer: RowPacker,
    bytes: RecordBytes,
    at: number,
    instrument: number,
    tape: number,
  ) => void;
}

/** `name kind` pairs; a kind that ends with `?` may be NULL. */
export function wireColumns(...pairs: readonly string[]): WireColumn[] {
  return pairs.map((pair) => {
    const [name = '', kindText = '', length] = pair.split(' ');
    const isNullable = kindText.endsWith('?');
    const kind = kindText.replace('?', '') as WireKind;
    return { name, kind, isNullable, ...(length === undefined ? {} : { length: Number(length) }) };
  });
}

export const BULK_ROWS: Readonly<Record<BulkTable, BulkRows>> = {
  trade: {
    table: 'trade',
    staging: '#trade_in',
    columns: wireColumns(
      'instrument int',
      'ts time',
      'ts_us bigint',
      'tape tinyint',
      'trade_id bigint',
      `trade_text text ${TRADE_TEXT_LENGTH_MAX}`,
      'recv_us bigint',
      'price float',
      'size float',
      'native_size float?',
      'flags smallint',
    ),
    key: ['instrument', 'tape', 'trade_id', 'trade_text'],
    isNew(seen, bytes, at, instrument, tape) {
      const group = instrument * 2 + tape;
      return hasText(bytes, at)
        ? seen.add(group, ID_LIMIT, readTradeId(bytes, at))
        : seen.add(group, f64(bytes, at, Trade.tradeId), '');
    },
    problemOf(bytes, at) {
      if (!hasText(bytes, at)) return '';
      const { length } = String(readTradeId(bytes, at));
      return length > TRADE_TEXT_LENGTH_MAX
        ? `trade id of ${length} characters, more than ${TRADE_TEXT_LENGTH_MAX}`
        : '';
    },
    pack(packer, bytes, at, instrument, tape) {
      const tsUs = f64(bytes, at, Common.tsUs);
      const size = f64(bytes, at, Trade.size);
      const nativeSize = f64(bytes, at, Trade.nativeSize);
      const isText = hasText(bytes, at);
      packer.int(instrument);
      packer.time(tsUs);
      packer.bigint(tsUs);
      packer.tinyint(tape);
      packer.bigint(isText ? ID_LIMIT : f64(bytes, at, Trade.tradeId));
      packer.text(isText ? String(readTradeId(bytes, at)) : '');
      packer.bigint(f64(bytes, at, Common.recvUs));
      packer.float(f64(bytes, at, Trade.price));
      packer.float(size);
      packer.floatOrNull(nativeSize === size ? Number.NaN : nativeSize);
      packer.smallint(flagsOf(bytes, at));
    },
  },
  quote: {
    table: 'quote',
    staging: '#quote_in',
    columns: wireColumns(
      'instrument int',
      'recv_us bigint',
      'sequence bigint',
      'ts_us bigint',
      'bid_price float?',
      'bid_size float?',
      'ask_price float?',
      'ask_size float?',
      'flags smallint',
    ),
    key: ['instrument', 'recv_us', 'sequence'],
    isNew: (seen, bytes, at, instrument) =>
      seen.add(instrument, f64(bytes, at, Common.recvUs), sequenceOf(bytes, at, Quote.sequence)),
    pack(packer, bytes, at, instrument) {
      packer.int(instrument);
      packer.bigint(f64(bytes, at, Common.recvUs));
      packer.bigint(sequenceOf(bytes, at, Quote.sequence));
      packer.bigint(f64(bytes, at, Common.tsUs));
      packer.floatOrNull(f64(bytes, at, Quote.bidPrice));
      packer.floatOrNull(f64(bytes, at, Quote.bidSize));
      packer.floatOrNull(f64(bytes, at, Quote.askPrice));
      packer.floatOrNull(f64(bytes, at, Quote.askSize));
      packer.smallint(flagsOf(bytes, at));
    },
  },
  book_snapshot: {
    table: 'book_snapshot',
    staging: '#book_snapshot_in',
    columns: wireColumns(
      'instrument int',
      'recv_us bigint',
      'sequence bigint',
      'ts_us bigint',
      'bids json',
      'asks json',
      'flags smallint',
    ),
    key: ['instrument', 'recv_us', 'sequence'],
    isNew(seen, bytes, at, instrument) {
      const sequence = sequenceOf(bytes, at, BookSnapshot.sequence);
      return seen.add(instrument, f64(bytes, at, Common.recvUs), sequence);
    },
    pack(packer, bytes, at, instrument) {
      packer.int(instrument);
      packer.bigint(f64(bytes, at, Common.recvUs));
      packer.bigint(sequenceOf(bytes, at, BookSnapshot.sequence));
      packer.bigint(f64(bytes, at, Common.tsUs));
      packLevels(packer, bytes, at + BOOK_SNAPSHOT_LENGTH, at + BookSnapshot.bidCount);
      packer.smallint(flagsOf(bytes, at));
    },
  },
  book_delta: {
    table: 'book_delta',
    staging: '#book_delta_in',
    columns: wireColumns(
      'instrument int',
      'first_sequence bigint',
      'sequence bigint',
      'moment bigint',
      'ts_us bigint',
      'recv_us bigint',
      'bids json',
      'asks json',
      'flags smallint',
    ),
    key: ['instrument', 'first_sequence', 'sequence', 'moment'],
    isNew(seen, bytes, at, instrument) {
      const first = sequenceOf(bytes, at, BookDelta.firstSequence);
      const sequence = sequenceOf(bytes, at, BookDelta.sequence);
      return seen.add(instrument, sequence, `${first} ${momentOf(bytes, at)}`);
    },
    pack(packer, bytes, at, instrument) {
      packer.int(instrument);
      packer.bigint(sequenceOf(bytes, at, BookDelta.firstSequence));
      packer.bigint(sequenceOf(bytes, at, BookDelta.sequence));
      packer.bigint(momentOf(bytes, at));
      packer.bigint(f64(bytes, at, Common.tsUs));
      packer.bigint(f64(bytes, at, Common.recvUs));
      packLevels(packer, bytes, at + BOOK_DELTA_LENGTH, at + BookDelta.bidCount);
      packer.smallint(flagsOf(bytes, at));
    },
  },
  liquidation: {
    table: 'liquidation',
    staging: '#liquidation_in',
    columns: wireColumns(
      'instrument int',
      'ts_us bigint',
      'is_sell tinyint',
      'price float',
      'size float',
      'native_size float?',
      'recv_us bigint',
    ),
    key: ['instrument', 'ts_us', 'is_sell', 'price', 'size'],
    isNew(seen, bytes, at, instrument) {
      const what = `${f64(bytes, at, Liquidation.price)} ${f64(bytes, at, Liquidation.size)}`;
      const side = flagsOf(bytes, at) & Flag.sell;
      return seen.add(instrument * 2 + side, f64(bytes, at, Common.tsUs), what);
    },
    pack(packer, bytes, at, instrument) {
      const size = f64(bytes, at, Liquidation.size);
      const nativeSize = f64(bytes, at, Liquidation.nativeSize);
      packer.int(instrument);
      packer.bigint(f64(bytes, at, Common.tsUs));
      packer.tinyint(flagsOf(bytes, at) & Flag.sell);
      packer.float(f64(bytes, at, Liquidation.price));
      packer.float(size);
      packer.floatOrNull(nativeSize === size ? Number.NaN : nativeSize);
      packer.bigint(f64(bytes, at, Common.recvUs));
    },
  },
};

function f64(bytes: RecordBytes, at: number, field: number): number {
  return bytes.f64[(at + field) >> 3] as number;
}

function flagsOf(bytes: RecordBytes, at: number): number {
  return bytes.u16[(at + Common.flags) >> 1] as number;
}

function hasText(bytes: RecordBytes, at: number): boolean {
  return bytes.u16[(at + Common.aux) >> 1] !== 0;
}

/** -1 where the venue sends none. */
function sequenceOf(bytes: RecordBytes, at: number, field: number): number {
  const sequence = f64(bytes, at, field);
  return Number.isNaN(sequence) ? -1 : sequence;
}

/** What stands in for the sequence of a delta that has none. */
function momentOf(bytes: RecordBytes, at: number): number {
  const isNumbered = !Number.isNaN(f64(bytes, at, BookDelta.sequence));
  return isNumbered ? 0 : f64(bytes, at, Common.recvUs);
}

/** Bids and asks; `counts` is where the two counts lie. */
function packLevels(packer: RowPacker, bytes: RecordBytes, at: number, counts: number): void {
  const bidCount = bytes.u32[counts >> 2] as number;
  const askCount = bytes.u32[(counts >> 2) + 1] as number;
  packer.json(levelsText(bytes, at, bidCount));
  packer.json(levelsText(bytes, at + bidCount * LEVEL_LENGTH, askCount));
}
