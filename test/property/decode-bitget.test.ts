/**
 * Fuzz of Bitget's decoder against an independent reference with exact integers: frames of the
 * fixtures, mutated in bytes and in fields. Whatever comes in, no throw, and what is delivered is
 * exactly what the reference reads, or nothing is. Tickers have a memory and are left to unit
 * tests.
 */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mutatedFrames } from '../support/json-mutation.ts';
import { resolve } from '../support/venue-rig.ts';
import {
  createProtocol,
  decodeFrame,
  feed,
  MALFORMED,
  SYMBOLS,
} from '../unit/venues/bitget/bitget-protocol.ts';
import { referenceDecode } from '../unit/venues/bitget/reference-decoder.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 2000);
/** Many runs on a busy machine take their time. */
const LIMIT_MS = 120_000;
console.log(`decode-bitget seed ${SEED}`);

const FIXTURES = join(import.meta.dirname, '../../src/venues/bitget/fixtures/documented.json');
const fixtures = JSON.parse(readFileSync(FIXTURES, 'utf8')) as { feed: string; frame?: string }[];
/** Digits in place of digits: what mutations of parsed JSON cannot make of 19 of them. */
const DIGITS = fc.tuple(fc.nat(), fc.constantFrom('0', '1', '6', '9', '04', '5,', 'e1', '.5', ''));

for (const id of ['bitget.spot', 'bitget.usdt'] as const) {
  const instType = id === 'bitget.spot' ? 'SPOT' : 'USDT-FUTURES';
  const symbols = new Map(
    SYMBOLS.map((symbol, i) => [resolve(feed(id), symbol, i).venueSymbol, i]),
  );
  const frames = fixtures
    .flatMap((each) => (each.frame === undefined ? [] : [each.frame]))
    .filter((frame) => frame.startsWith('{"action"') && !frame.includes('ticker'))
    .map((frame) => frame.replace(/"instType":"[A-Z-]+"/, `"instType":"${instType}"`));
  let delivered = 0;

  const check = (bytes: Uint8Array): void => {
    const { outcome, messages } = decodeFrame(createProtocol(id), bytes);
    const expected = referenceDecode(bytes, instType, symbols);
    if (expected === undefined) expect({ outcome, messages }).toEqual(MALFORMED);
    else if (expected.length > 0) {
      delivered += 1;
      expect(outcome).toBe('ok');
      expect(messages).toEqual(expected);
    } else if (!isAck(messages)) expect(messages).toEqual([]);
    // The frame may lie in a larger buffer, whose old bytes must not matter.
    const padded = new Uint8Array(bytes.length + 8).fill(0x7d);
    padded.set(bytes);
    expect(createProtocol(id).decode(padded, bytes.length, SILENT)).toBe(outcome);
  };

  describe(id, () => {
    const settings = { seed: SEED, numRuns: RUNS };

    test(
      'reads arbitrary bytes without throwing',
      () => {
        fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), settings);
        const texts = fc.json().map((text) => new TextEncoder().encode(text));
        fc.assert(fc.property(texts, check), settings);
      },
      LIMIT_MS,
    );

    test(
      'is exact under accidents in bytes and fields',
      () => {
        fc.assert(fc.property(mutatedFrames(frames), check), settings);
        expect(delivered).toBeGreaterThan(RUNS / 20);
      },
      LIMIT_MS,
    );

    test(
      'is exact under any digits of sequence numbers',
      () => {
        const sequenced = frames.filter((frame) => /"p?seq":\d{5}/.test(frame));
        const replaced = fc
          .tuple(fc.constantFrom(...sequenced), DIGITS)
          .map(([frame, [where, by]]) =>
            frame.replace(/("seq":|"pseq":)(\d+)/g, (_, key: string, digits: string) => {
              const at = where % digits.length;
              return `${key}${digits.slice(0, at)}${by}${digits.slice(at + 1)}`;
            }),
          )
          .map((text) => new TextEncoder().encode(text));
        const before = delivered;
        fc.assert(fc.property(replaced, check), settings);
        expect(delivered - before).toBeGreaterThan(RUNS / 4);
      },
      LIMIT_MS,
    );
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

function isAck(messages: readonly Record<string, unknown>[]): boolean {
  return messages.length === 1 && String(messages[0]?.type).endsWith('ack');
}
