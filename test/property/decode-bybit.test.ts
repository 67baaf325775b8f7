/**
 * Fuzz of Bybit's decoder against an independent reference: frames of the fixtures and their
 * variants, mutated in bytes and in fields. Whatever comes in, no throw, and what is delivered is
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
} from '../unit/venues/bybit/bybit-protocol.ts';
import { referenceDecode } from '../unit/venues/bybit/reference-decoder.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 2000);
/** Many runs on a busy machine take their time. */
const LIMIT_MS = 120_000;
console.log(`decode-bybit seed ${SEED}`);

const FIXTURES = join(import.meta.dirname, '../../src/venues/bybit/fixtures/documented.json');
const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'ROSE/USDT'];
const fixtures = JSON.parse(readFileSync(FIXTURES, 'utf8')) as { feed: string; frame?: string }[];

for (const id of ['bybit.spot', 'bybit.linear'] as const) {
  const symbols = new Map(
    SYMBOLS.map((symbol, i) => [resolve(feed(id), symbol, i).venueSymbol, i]),
  );
  const frames = fixtures
    .flatMap((each) => (each.feed === id && each.frame !== undefined ? [each.frame] : []))
    .filter((frame) => !frame.includes('tickers'))
    .flatMap((frame) => [frame, frame.replace('orderbook.50', 'orderbook.200')]);
  let delivered = 0;

  const check = (bytes: Uint8Array): void => {
    const protocol = createProtocol(id, SYMBOLS, true);
    const { outcome, messages } = decodeFrame(protocol, bytes);
    const expected = referenceDecode(bytes, symbols);
    if (expected === undefined) expect({ outcome, messages }).toEqual(MALFORMED);
    else if (expected.length > 0) {
      delivered += 1;
      expect(outcome).toBe('ok');
      expect(messages).toEqual(expected);
    } else if (!isAck(messages)) expect(messages).toEqual([]);
    // The frame may lie in a larger buffer, whose old bytes must not matter.
    const padded = new Uint8Array(bytes.length + 8).fill(0x7d);
    padded.set(bytes);
    const again = createProtocol(id, SYMBOLS, true);
    expect(again.decode(padded, bytes.length, SILENT)).toBe(outcome);
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
  return messages.length === 1 && messages[0]?.type === 'ack';
}
