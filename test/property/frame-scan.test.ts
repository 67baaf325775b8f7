/** Values of frames, against what JSON.parse, Number and the text path say of the same bytes. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { losesPrecision, parseDecimalText } from '../../src/base/decimal.ts';
import { FrameReader } from '../../src/venues/kit/frame-reader.ts';
import {
  choice,
  decimal,
  digits as digitText,
  isoTime,
  name,
  object,
  text as plainText,
  quotedDecimal,
  rows,
  type Spec,
  tuple,
  unsigned,
} from '../../src/venues/kit/frame-spec.ts';
import { isoTimeUs } from '../../src/venues/kit/iso-time.ts';
import { SymbolTable } from '../../src/venues/kit/symbol-table.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 20_000);
const settings = { seed: SEED, numRuns: RUNS };
const encoder = new TextEncoder();
console.log(`frame-scan seed ${SEED}`);

const digits = (max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
const decimals = fc
  .tuple(digits(20), fc.option(digits(24)))
  .map(([whole, fraction]) => (fraction === null ? whole : `${whole}.${fraction}`));

/** Reads frames of one value, learned from one that holds `example`. */
class ValueReader {
  readonly reader: FrameReader;
  readonly #quote: string;

  constructor(spec: Spec, example: string, quote = '') {
    this.reader = new FrameReader([object({ v: spec })], [2]);
    this.#quote = quote;
    const frame = this.#frame(example);
    this.reader.learn(frame, frame.length);
    expect(this.read(example)).not.toBe(-1);
  }

  /** The first slot; -1 when the frame is not read. */
  read(value: string): number {
    const frame = this.#frame(value);
    // The bytes of the frame before go on behind this one, as a longer number would.
    return this.reader.read(frame, frame.length) === 0 ? (this.reader.values[0] as number) : -1;
  }

  #frame(value: string): Uint8Array {
    return encoder.encode(`{"v":${this.#quote}${value}${this.#quote}}`);
  }
}

describe('values of frames', () => {
  test('integers are what JSON.parse makes of them, or not read', () => {
    const values = new ValueReader(unsigned(0), '1');
    const check = (text: string) => {
      const isSafe = /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text));
      expect(values.read(text)).toBe(isSafe ? Number(text) : -1);
    };
    fc.assert(fc.property(digits(20), check), settings);
    for (const text of ['9007199254740991', '9007199254740992', '9007199254740993']) check(text);
    for (const text of ['', '-1', '1.0', '1e3', ' 1', '1 ', '0x1']) check(text);
  });

  test.each([
    ['in quotes', quotedDecimal(0), '"'],
    ['as numbers', decimal(0), ''],
  ])('decimals %s are what Number makes of them, and tell lost digits', (_, spec, quote) => {
    const values = new ValueReader(spec, '1.5', quote);
    const check = (text: string) => {
      const expected = parseDecimalText(text);
      const value = values.read(text);
      const isRare = losesPrecision(text) || text.replace('.', '').length > 19;
      if (value === -1 && isRare) return;
      expect(value).toBe(Number.isNaN(expected) ? -1 : expected);
      if (value >= 0) expect(values.reader.precisionLoss).toBe(losesPrecision(text));
    };
    fc.assert(fc.property(decimals, check), settings);
    for (const text of ['', '.5', '5.', '-1', '1e5', '01', '00', '0.', '1.2.3', '+1']) check(text);
    // Sixteen digits are read where the integer is exact.
    for (const text of ['0.1234567890123456', '1000000000.00000000', '9007199254740992']) {
      expect(values.read(text)).toBe(Number(text));
    }
  });

  test('rows of two decimals are read as each of them is', () => {
    const values = new ValueReader(
      rows(0, tuple(quotedDecimal(0), quotedDecimal(1))),
      '[["1","2"]]',
    );
    const short = fc.tuple(digits(9), fc.option(digits(9))).map(([whole, fraction]) => {
      const plain = whole.replace(/^0+(?=\d)/, '');
      return fraction === null ? plain : `${plain}.${fraction}`;
    });
    const check = (levels: readonly (readonly [string, string])[]) => {
      if (values.read(JSON.stringify(levels)) === -1) {
        expect(levels.some((level) => level.some(losesPrecision))).toBe(true);
        return;
      }
      const [group] = values.reader.groups;
      expect(group?.count).toBe(levels.length);
      const isLost = levels.map((level) => level.some(losesPrecision));
      expect(group?.precisionLoss).toBe(isLost.includes(true));
      for (const [i, [price, size]] of levels.entries()) {
        const base = i * (group?.stride ?? 0);
        expect([...(group?.values.slice(base, base + 2) ?? [])]).toEqual([+price, +size]);
        expect(group?.lost(base)).toBe(isLost[i] as boolean);
      }
    };
    const levels = fc.array(fc.tuple(short, short), { maxLength: 50 });
    fc.assert(fc.property(levels, check), { ...settings, numRuns: RUNS / 10 });
  });

  test('texts end at their quote, and only plain ones are read', () => {
    const values = new ValueReader(plainText(0), 'x', '"');
    const check = (text: string) => {
      const isRead = values.read(text) >= 0;
      expect(isRead).toBe(/^[ !#-[\]-\x7f]{1,64}$/.test(text));
      const { reader } = values;
      const [from = 0, to = 0] = reader.values;
      if (isRead) expect(reader.textOf(from, to)).toBe(text);
    };
    const unit = fc.oneof(
      { arbitrary: fc.constantFrom(...'abc-019 ~!#[]\x7f'), weight: 40 },
      { arbitrary: fc.constantFrom(...'\\"\u0000\u001f\u0080é€'), weight: 1 },
    );
    fc.assert(fc.property(fc.string({ unit, maxLength: 70 }), check), settings);
  });

  test('long digits are told by where they stand', () => {
    const values = new ValueReader(digitText(0), '1');
    const check = (text: string) => {
      const isRead = values.read(text) >= 0;
      expect(isRead).toBe(/^(?:0|[1-9]\d{0,21})$/.test(text));
      const [from = 0, to = 0] = values.reader.values;
      if (isRead) expect(values.reader.textOf(from, to)).toBe(text);
    };
    fc.assert(fc.property(digits(25), check), settings);
  });

  test('times are what the text path makes of them, or not read', () => {
    const values = new ValueReader(isoTime(0), '2026-11-28T06:00:00.123Z', '"');
    const times = fc
      .tuple(fc.date({ noInvalidDate: true, min: new Date(0) }), fc.option(digits(8)))
      .map(([date, fraction]) => {
        const second = date.toISOString().slice(0, -5);
        return fraction === null ? `${second}Z` : `${second}.${fraction}Z`;
      });
    const spoilt = fc
      .tuple(times, fc.nat(), fc.constantFrom(...'0123456789-:TZ. "'))
      .map(([time, at, by]) => {
        const place = at % time.length;
        return `${time.slice(0, place)}${by}${time.slice(place + 1)}`;
      });
    const check = (text: string) => {
      const us = isoTimeUs(text);
      const isOurs = us >= 0 && /^\d{4}-.{14}\.\d{1,6}Z$/.test(text);
      expect(values.read(text)).toBe(isOurs ? us : -1);
    };
    fc.assert(fc.property(fc.oneof(times, spoilt), check), settings);
    for (const day of ['2024-02-29', '2023-02-29', '2100-02-29', '2000-02-29', '1970-01-01']) {
      check(`${day}T23:59:59.999999Z`);
    }
  });

  test('names and choices are found by all their bytes', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'AB-'), minLength: 1, maxLength: 34 });
    const check = (known: readonly string[], asked: readonly string[]) => {
      const names = [...new Set(['X', ...known])];
      const table = new SymbolTable(names.map((each, i) => [each, i]));
      const values = new ValueReader(name(0, table), 'X', '"');
      for (const text of [...names, ...asked, ...names]) {
        // Longer ones are the slow path's.
        expect(values.read(text)).toBe(text.length > 31 ? -1 : names.indexOf(text));
      }
      const sides = names.filter(({ length }) => length < 16).slice(0, 20);
      const choices = new ValueReader(choice(0, sides), 'X', '"');
      for (const text of [...sides, ...asked]) expect(choices.read(text)).toBe(sides.indexOf(text));
    };
    const lists = fc.array(letters, { maxLength: 30 });
    fc.assert(fc.property(lists, lists, check), { ...settings, numRuns: RUNS / 200 });
  });
});
