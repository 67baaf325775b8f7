/** Packed rows, as the peer takes them apart. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { RowPacker } from '../../../../src/store/mssql/row-packer.ts';
import { wireColumns } from '../../../../src/store/mssql/row-tables.ts';
import { typeInfo } from '../../../../src/store/mssql/wire-types.ts';
import { COLLATION } from '../../../support/tds-peer/tokens.ts';
import {
  readTypeInfo,
  readValue,
  WireReader,
  type WireValue,
} from '../../../support/tds-peer/type-info.ts';

const COLUMNS = wireColumns(
  'a tinyint',
  'b smallint',
  'c int',
  'd bigint',
  'e float?',
  'f time',
  'g text 40',
  'h long?',
  'i json',
);
const SLICE_LENGTH = 200;

interface Row {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
  readonly g: string;
  readonly h: string | null;
  readonly i: string;
}

function pack(packer: RowPacker, row: Row): void {
  packer.beginRow();
  packer.tinyint(row.a);
  packer.smallint(row.b);
  packer.int(row.c);
  packer.bigint(row.d);
  packer.floatOrNull(row.e);
  packer.time(row.f);
  packer.text(row.g);
  packer.long(row.h);
  packer.json(row.i);
}

/** Rows of all slices; each slice is given its first row's token, as the driver does. */
function unpack(packer: RowPacker): WireValue[][] {
  const types = COLUMNS.map((column) => readTypeInfo(new WireReader(typeInfo(column, COLLATION))));
  const rows: WireValue[][] = [];
  for (const slice of packer.slices()) {
    const reader = new WireReader(Buffer.concat([Buffer.from([0xd1]), slice]));
    while (reader.hasMore) {
      expect(reader.u8()).toBe(0xd1);
      rows.push(types.map((type) => readValue(reader, type)));
    }
  }
  return rows;
}

const wholes = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const anyRow: fc.Arbitrary<Row> = fc.record({
  a: fc.integer({ min: 0, max: 255 }),
  b: wholes(16),
  c: wholes(32),
  d: fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(0, -1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, 1 - 2 ** 53),
  ),
  e: fc.oneof(
    fc.double({ noDefaultInfinity: true }),
    fc.constantFrom(Number.NaN, 1e-12, 1e15, 18.4, 67123.12, 123456.789012345),
  ),
  f: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 53 - 1 }),
    fc.constantFrom(0, 1, 999_999, 86_399_999_999, 86_400_000_000, 2 ** 53 - 1),
  ),
  g: fc.string({ maxLength: 40, unit: 'binary' }).map((text) => text.slice(0, 40)),
  h: fc.oneof(fc.constant(null), fc.constantFrom('', '币安人生', '☃'.repeat(5_000)), fc.string()),
  i: fc.constantFrom('', '[]', `[${'1'.repeat(70_000)}]`),
});

describe('packed rows', () => {
  test('come out as they went in, whatever the slices', () => {
    const packer = new RowPacker(SLICE_LENGTH);
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 30 }), (rows) => {
        packer.clear();
        for (const row of rows) pack(packer, row);
        expect(packer.count).toBe(rows.length);
        const expected = rows.map((row) =>
          Object.values({ ...row, e: Number.isNaN(row.e) ? null : row.e }),
        );
        expect(unpack(packer)).toEqual(expected as WireValue[][]);
      }),
      { numRuns: 200 },
    );
  });

  test('are cut into slices between rows, and every byte is in one of them', () => {
    const packer = new RowPacker(SLICE_LENGTH);
    const row = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 'text', h: null, i: '[]' };
    for (let i = 0; i < 50; i += 1) pack(packer, row);
    const slices = packer.slices();
    expect(slices.length).toBeGreaterThan(5);
    const bytes = slices.reduce((sum, slice) => sum + slice.length, 0);
    // Each slice lacks the token of its first row.
    expect(bytes + slices.length).toBe(packer.length);
    for (const slice of slices.slice(0, -1)) {
      expect(slice.length).toBeGreaterThanOrEqual(SLICE_LENGTH - 1);
    }
  });
});
