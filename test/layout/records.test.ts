/**
 * Every record layout, held three ways: in itself (alignment, overlap), against the generated
 * FlatBuffers accessors in both directions, and against the hand-written codec.
 */
import { describe, expect, test } from 'bun:test';
import { Builder, ByteBuffer } from 'flatbuffers';
import { BookDeltaHead } from '../../schemas/gen/tickspine/book-delta-head.ts';
import { BookSnapshotHead } from '../../schemas/gen/tickspine/book-snapshot-head.ts';
import { Candle as GenCandle } from '../../schemas/gen/tickspine/candle.ts';
import { Common as GenCommon } from '../../schemas/gen/tickspine/common.ts';
import { Derivative as GenDerivative } from '../../schemas/gen/tickspine/derivative.ts';
import { Level } from '../../schemas/gen/tickspine/level.ts';
import { Liquidation as GenLiquidation } from '../../schemas/gen/tickspine/liquidation.ts';
import { Quote as GenQuote } from '../../schemas/gen/tickspine/quote.ts';
import { StatusHead } from '../../schemas/gen/tickspine/status-head.ts';
import { Trade as GenTrade } from '../../schemas/gen/tickspine/trade.ts';
import { Prng } from '../../src/base/prng.ts';
import { RecordBytes } from '../../src/base/record-bytes.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  CANDLE_LENGTH,
  Candle,
  COMMON_LENGTH,
  Common,
  DERIVATIVE_LENGTH,
  Derivative,
  LEVEL_LENGTH,
  LIQUIDATION_LENGTH,
  Liquidation,
  QUOTE_LENGTH,
  Quote,
  RecordType,
  STATUS_LENGTH,
  Status,
  TRADE_LENGTH,
  Trade,
} from '../../src/model/record-layout.ts';

type Kind = 'f64' | 'u32' | 'u16';

/** Fields that are not float64, by name. */
const KINDS: Record<string, Kind> = {
  instrument: 'u32',
  flags: 'u16',
  aux: 'u16',
  bidCount: 'u32',
  askCount: 'u32',
  channel: 'u16',
  causeLength: 'u16',
  howLength: 'u16',
  timeframe: 'u32',
};
const LENGTHS: Record<Kind, number> = { f64: 8, u32: 4, u16: 2 };

/** A generated struct class: `createTrade`, `sizeOf` and an accessor a field. */
interface Generated {
  new (): { __init(at: number, bytes: ByteBuffer): unknown };
  sizeOf(): number;
}

type Create = (builder: Builder, ...values: number[]) => number;

interface Layout {
  readonly type: RecordType | undefined;
  readonly offsets: Readonly<Record<string, number>>;
  readonly length: number;
  readonly generated: Generated;
}

const LAYOUTS: Record<string, Layout> = {
  Common: { type: undefined, offsets: {}, length: COMMON_LENGTH, generated: GenCommon },
  Trade: {
    type: RecordType.trade,
    offsets: Trade,
    length: TRADE_LENGTH,
    generated: GenTrade,
  },
  Quote: { type: RecordType.quote, offsets: Quote, length: QUOTE_LENGTH, generated: GenQuote },
  BookSnapshotHead: {
    type: RecordType.bookSnapshot,
    offsets: BookSnapshot,
    length: BOOK_SNAPSHOT_LENGTH,
    generated: BookSnapshotHead,
  },
  BookDeltaHead: {
    type: RecordType.bookDelta,
    offsets: BookDelta,
    length: BOOK_DELTA_LENGTH,
    generated: BookDeltaHead,
  },
  Candle: {
    type: RecordType.candle,
    // As in a status: the bytes after the last field are named in the schema only.
    offsets: { ...Candle, reserved: Candle.timeframe + 4 },
    length: CANDLE_LENGTH,
    generated: GenCandle,
  },
  Derivative: {
    type: RecordType.derivative,
    offsets: Derivative,
    length: DERIVATIVE_LENGTH,
    generated: GenDerivative,
  },
  Liquidation: {
    type: RecordType.liquidation,
    offsets: Liquidation,
    length: LIQUIDATION_LENGTH,
    generated: GenLiquidation,
  },
  StatusHead: {
    type: RecordType.status,
    // The two bytes after howLength are written as 0 and named in the schema only.
    offsets: { ...Status, reserved: Status.howLength + 2 },
    length: STATUS_LENGTH,
    generated: StatusHead,
  },
};

function kindOf(name: string, layout: Layout): Kind {
  if (name === 'reserved') return layout.type === RecordType.candle ? 'u32' : 'u16';
  return KINDS[name] ?? 'f64';
}

/** Fields of the whole record in the order of their offsets. */
function fieldsOf(layout: Layout): { name: string; at: number; kind: Kind }[] {
  return Object.entries({ ...Common, ...layout.offsets })
    .map(([name, at]) => ({ name, at, kind: kindOf(name, layout) }))
    .sort((a, b) => a.at - b.at);
}

function load(bytes: RecordBytes, at: number, kind: Kind): number {
  return bytes[kind][at / LENGTHS[kind]] as number;
}

function randomValue(prng: Prng, kind: Kind): number {
  if (kind === 'u32') return prng.nextU32();
  if (kind === 'u16') return prng.below(0x1_0000);
  return (prng.next() - 0.5) * 10 ** prng.below(17);
}

/** Calls the generated accessor of `field`, wherever the struct keeps it. */
function access(layout: Layout, buffer: ByteBuffer, at: number, field: string): number {
  const record = new layout.generated().__init(at, buffer) as Record<string, () => unknown>;
  const isCommon = field in Common && layout.generated !== GenCommon;
  const owner = isCommon ? (record.common?.() as Record<string, () => unknown>) : record;
  return owner[field]?.call(owner) as number;
}

describe('record layouts', () => {
  test('every record type has one', () => {
    const types = Object.values(LAYOUTS).flatMap((layout) => layout.type ?? []);
    expect(types.sort()).toEqual(Object.values(RecordType).sort());
  });

  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const fields = fieldsOf(layout);

    test(`${name}: fields are aligned, follow without a hole and fill the record`, () => {
      let end = 0;
      for (const { at, kind } of fields) {
        expect(at).toBe(end);
        expect(at % LENGTHS[kind]).toBe(0);
        end = at + LENGTHS[kind];
      }
      expect(end).toBe(layout.length);
      expect(layout.length % 8).toBe(0);
      expect(layout.generated.sizeOf()).toBe(layout.length);
    });

    test(`${name}: what is written by hand is what the generated accessors read`, () => {
      const prng = new Prng(layout.length);
      for (const at of [0, 8, 1_000]) {
        const bytes = RecordBytes.allocate(2_048);
        const values = fields.map(({ kind }) => randomValue(prng, kind));
        fields.forEach(({ at: offset, kind }, i) => {
          bytes[kind][(at + offset) / LENGTHS[kind]] = values[i] as number;
        });
        const buffer = new ByteBuffer(bytes.u8);
        const read = fields.map((field) => access(layout, buffer, at, field.name));
        expect(read).toEqual(values);
      }
    });

    test(`${name}: what the generated code writes is what the offsets read`, () => {
      const prng = new Prng(layout.length + 1);
      const values = fields.map(({ kind }) => randomValue(prng, kind));
      const builder = new Builder(256);
      const create = (layout.generated as unknown as Record<string, Create>)[`create${name}`];
      // Argument order is declaration order, so a swapped pair of fields in the schema shows here.
      const end = create?.call(layout.generated, builder, ...values) as number;
      const buffer = builder.dataBuffer();
      const bytes = RecordBytes.allocate(layout.length);
      bytes.u8.set(
        buffer
          .bytes()
          .slice(buffer.capacity() - end)
          .slice(0, layout.length),
      );
      expect(fields.map(({ at, kind }) => load(bytes, at, kind))).toEqual(values);
    });
  }

  test('a level is price, then size', () => {
    const bytes = RecordBytes.allocate(LEVEL_LENGTH);
    bytes.f64.set([101.5, 0.25]);
    const level = new Level().__init(0, new ByteBuffer(bytes.u8));
    expect([level.price(), level.size()]).toEqual([101.5, 0.25]);
    expect(Level.sizeOf()).toBe(LEVEL_LENGTH);
  });
});
