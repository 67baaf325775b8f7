/**
 * Fuzz of Binance's decoder: arbitrary bytes, and real frames mutated in every way a wire or a
 * venue could. Whatever comes in: no throw, and what is delivered is exactly what the independent
 * reference reads, or nothing is.
 */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  createProtocol,
  decodeFrame,
  instruments,
  symbolsOf,
} from '../unit/venues/binance/collector.ts';
import { referenceDecode } from '../unit/venues/binance/reference-decoder.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`decode-binance seed ${SEED}`);
const RUNS = Number(process.env.RUNS ?? 4000);

const FIXTURES = join(import.meta.dirname, '../../src/venues/binance/fixtures');
const encoder = new TextEncoder();
/** Bytes that mean something to a JSON parser, with some that must not be there. */
const telling = fc.constantFrom(
  ...encoder.encode('0123456789.,:"{}[]eE+-\\ tnfuUaAbBpqTXms'),
  0,
  0xc3,
  0xff,
);

const value = fc.constantFrom(
  ...['0', '-1', '1', '01', '-0', '1.5', '1e3', '1.0', '2', '3', '1723161255343', 'null', 'true'],
  ...['1723161255343123', '9007199254740991', '9007199254740992', '9007199254740993', 'NaN'],
  ...['99999999999999999999', '1e400', '[]', '{}', '[["1","2"]]', '[["1","0.000"],["1","3"]]'],
  ...[
    '[["1","-2"]]',
    '[[1,2]]',
    '[["1"]]',
    '""',
    '"0"',
    '"0.00000000"',
    '"-5.5"',
    '"1e5"',
    '"NaN"',
  ],
  ...['"007.5"', '".5"', '"5."', '"0.12345678901234567"', '"BTCUSDT"', '"MARKET"', '"ADL"', '"é"'],
  ...['"Infinity"', '"\\u0031.5"', '"1.5 "', 'false', '"trade"', '"12345678.12345678"'],
);

for (const feedId of ['binance.spot', 'binance.usdm', 'binance.coinm']) {
  const frames = ['documented.json', 'captured.json', 'coinm.json']
    .flatMap((file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')))
    .filter((fixture: { feed: string; frame?: string }) => fixture.feed === feedId && fixture.frame)
    .map((fixture: { frame: string }) => encoder.encode(fixture.frame));
  const protocol = createProtocol(feedId, { anyTape: true });
  const list = instruments(feedId, symbolsOf(feedId));
  const symbols = new Map(list.map((i) => [i.venueSymbol, i.index]));
  const isCoinm = feedId === 'binance.coinm';
  const values = isCoinm ? list.map(({ base }) => (base === 'BTC' ? 100 : 10)) : undefined;
  const isUsdm = feedId !== 'binance.spot';
  const options = { isUsdm, symbols, ...(values === undefined ? {} : { values }) };
  let delivered = 0;

  const check = (bytes: Uint8Array): void => {
    const { outcome, messages } = decodeFrame(protocol, bytes);
    const expected = referenceDecode(bytes, options);
    const data = messages.filter((each) => each.type !== 'ack' && each.type !== 'shutdown');
    if (outcome !== 'ok') expect(messages).toEqual([]);
    else if (data.length > 0) {
      delivered += 1;
      expect(data).toEqual([expected as Record<string, unknown>]);
    } else expect(messages.length).toBe(1);
    // Not only never wrong: what the reference can read is not thrown away either.
    if (expected !== undefined) expect(outcome).toBe('ok');
    // The frame may lie in a larger buffer, whose old bytes must not matter.
    const padded = new Uint8Array(bytes.length + 8).fill(0x7d);
    padded.set(bytes);
    expect(protocol.decode(padded, bytes.length, SILENT)).toBe(outcome);
  };

  describe(feedId, () => {
    const frame = fc.constantFrom(...frames);
    const settings = { seed: SEED, numRuns: RUNS };

    test('reads arbitrary bytes without throwing', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), settings);
      fc.assert(
        fc.property(fc.json(), (text) => check(encoder.encode(text))),
        settings,
      );
    });

    test('is exact under flipped bits and replaced bytes', () => {
      const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), {
        minLength: 1,
        maxLength: 3,
      });
      const flip = (bytes: Uint8Array, list: [number, number][]) => {
        const copy = bytes.slice();
        for (const [at, bit] of list) {
          const index = at % copy.length;
          copy[index] = (copy[index] as number) ^ (1 << bit);
        }
        check(copy);
      };
      fc.assert(fc.property(frame, flips, flip), settings);
      const spots = fc.array(fc.tuple(fc.nat(), telling), { minLength: 1, maxLength: 3 });
      const replace = (bytes: Uint8Array, list: [number, number][]) => {
        const copy = bytes.slice();
        for (const [at, byte] of list) copy[at % copy.length] = byte;
        check(copy);
      };
      fc.assert(fc.property(frame, spots, replace), settings);
    });

    test('is exact under deletion, insertion, truncation and doubling of slices', () => {
      const splice = (
        bytes: Uint8Array,
        [mode, from, length]: [number, number, number],
        insert: number[],
      ) => {
        const at = from % bytes.length;
        const slice = bytes.subarray(at, at + length);
        const tail = bytes.subarray(at + length);
        if (mode === 0) check(join3(bytes.subarray(0, at), [], tail));
        else if (mode === 1) check(join3(bytes.subarray(0, at), insert, bytes.subarray(at)));
        else if (mode === 2) check(bytes.subarray(0, at));
        else check(join3(bytes.subarray(0, at + length), slice, tail));
      };
      const where = fc.tuple(fc.nat({ max: 3 }), fc.nat(), fc.integer({ min: 1, max: 40 }));
      const inserted = fc.array(telling, { minLength: 1, maxLength: 4 });
      fc.assert(fc.property(frame, where, inserted, splice), settings);
    });

    test('is exact under values of every kind, doubled, moved and missing keys', () => {
      const edit = fc.tuple(fc.nat({ max: 4 }), fc.nat(), fc.nat(), value);
      const edits = fc.array(edit, { minLength: 1, maxLength: 2 });
      const mutate = (bytes: Uint8Array, list: [number, number, number, string][]) => {
        const text = new TextDecoder().decode(bytes);
        check(encoder.encode(list.reduce((all, each) => editFields(all, ...each), text)));
      };
      fc.assert(fc.property(frame, edits, mutate), settings);
      expect(delivered).toBeGreaterThan(RUNS / 10);
    });
  });
}

const SILENT = {
  onTrade() {},
  onQuote() {},
  onDepth() {},
  onDerivative() {},
  onLiquidation() {},
  onAck() {},
  onStreamAck() {},
  onReply() {},
  onShutdownNotice() {},
};

/** Puts `value` at, doubles, removes or swaps fields found by a plain pattern over the text. */
function editFields(text: string, mode: number, a: number, b: number, value: string): string {
  const pattern = /"([A-Za-z]+)":("[^"]*"|\d+|true|false|null|\[\]|\[\[.*?\]\])/g;
  const fields = [...text.matchAll(pattern)].map((match) => ({
    name: match[1],
    text: match[0],
    from: match.index,
    to: match.index + match[0].length,
  }));
  const first = fields[a % fields.length];
  const second = fields[b % fields.length];
  if (first === undefined || second === undefined) return text;
  const cut = (replacement: string) =>
    text.slice(0, first.from) + replacement + text.slice(first.to);
  const added = `"${first.name}":${value}`;
  if (mode === 0) return cut(added);
  if (mode === 1) return cut(b % 2 === 0 ? `${first.text},${added}` : `${added},${first.text}`);
  if (mode === 2) return cut(`"zz":${value}`);
  if (mode === 3) return cut(`${first.text},${second.text}`);
  if (first === second) return text;
  const [low, high] = first.from < second.from ? [first, second] : [second, first];
  const middle = text.slice(low.to, high.from);
  return text.slice(0, low.from) + high.text + middle + low.text + text.slice(high.to);
}

function join3(a: Uint8Array, b: ArrayLike<number>, c: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length + c.length);
  all.set(a);
  all.set(b, a.length);
  all.set(c, a.length + b.length);
  return all;
}
