/**
 * Fuzz of Hyperliquid's decoder against an independent reading of the same frames: whatever comes
 * in, nothing throws, and what is delivered is exactly what the reference reads, or nothing is.
 */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mutatedFrames } from '../support/json-mutation.ts';
import type { Copied } from '../unit/venues/binance/collector.ts';
import { Collector } from '../unit/venues/binance/collector.ts';
import { createProtocol, instruments, SYMBOLS } from '../unit/venues/hyperliquid/feed.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 5000);
console.log(`decode-hyperliquid seed ${SEED}`);

const FIXTURES = join(import.meta.dirname, '../../src/venues/hyperliquid/fixtures');
const frames: string[] = ['documented.json', 'captured.json']
  .flatMap((file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')))
  .flatMap(({ frame }: { frame?: string }) => frame ?? []);
const bySymbol = new Map(instruments(SYMBOLS).map((each) => [each.venueSymbol, each]));

const isDecimal = (value: unknown) =>
  typeof value === 'string' && /^(0|[1-9]\d*)(\.\d+)?$/.test(value) && Number(value) > 0;
const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => isWhole(value) && Number.isSafeInteger((value as number) * 1000);
const isLevel = (value: unknown) => {
  const level = value as { px?: unknown; sz?: unknown } | null | undefined;
  return isDecimal(level?.px) && isDecimal(level?.sz);
};

type Json = Record<string, unknown> & { coin?: unknown };

/** Values that matter of each message of a frame; undefined: the frame must deliver none. */
function reference(bytes: Uint8Array): unknown[] | undefined {
  let frame: { channel?: unknown; data?: unknown } | null;
  try {
    frame = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const { channel, data } = frame ?? {};
  if (channel === 'trades') return Array.isArray(data) ? trades(data) : undefined;
  if (channel !== 'bbo' && channel !== 'l2Book') return undefined;
  const message = (data ?? {}) as Json & { time?: unknown; bbo?: unknown; levels?: unknown };
  const index = bySymbol.get(message.coin as string)?.index;
  const sides = channel === 'bbo' ? message.bbo : message.levels;
  if (index === undefined || !isTime(message.time)) return undefined;
  if (!Array.isArray(sides) || sides.length !== 2) return undefined;
  const tsUs = (message.time as number) * 1000;
  if (channel === 'l2Book') {
    if (!sides.every((side) => Array.isArray(side) && side.every(isLevel))) return undefined;
    const pairs = sides.map((side) =>
      side.map((level: { px: string; sz: string }) => [Number(level.px), Number(level.sz)]),
    );
    return [{ type: 'depth', index, tsUs, bids: pairs[0], asks: pairs[1] }];
  }
  if (!sides.every((side) => side === null || isLevel(side))) return undefined;
  const [bid, ask] = sides;
  const price = (side: { px: string } | null) => (side === null ? Number.NaN : Number(side.px));
  return [{ type: 'quote', index, tsUs, bid: price(bid), ask: price(ask) }];
}

function trades(rows: readonly (Json | null)[]): unknown[] | undefined {
  const read = rows.map((row) => {
    const { side, px, sz, time, tid, coin } = row ?? {};
    const isRight = (side === 'A' || side === 'B') && isDecimal(px) && isDecimal(sz);
    if (!isRight || !isTime(time) || !isWhole(tid) || typeof coin !== 'string') return undefined;
    const index = bySymbol.get(coin)?.index;
    const tsUs = (time as number) * 1000;
    const values = { price: Number(px), size: Number(sz), isSell: side === 'A' };
    return { type: 'trade', index, tsUs, id: `${tid}`, ...values };
  });
  if (read.includes(undefined)) return undefined;
  const own = read.filter((trade) => trade?.index !== undefined);
  return own.length === 0 ? undefined : own;
}

function essence(m: Copied): unknown {
  const { type, instrument: index, tsUs } = m;
  if (type === 'depth') return { type, index, tsUs, bids: m.bids, asks: m.asks };
  if (type === 'quote') return { type, index, tsUs, bid: m.bidPrice, ask: m.askPrice };
  const { price, size, isSell } = m;
  return { type, index, tsUs, id: m.tradeIdText, price, size, isSell };
}

describe('hyperliquid', () => {
  test('delivers what the reference reads, or nothing', () => {
    let delivered = 0;
    const check = (bytes: Uint8Array) => {
      // A protocol of its own: late frames are refused, and here any frame may come first.
      const out = new Collector();
      const outcome = createProtocol().decode(bytes, bytes.length, out);
      const data = out.messages.filter(({ type }) => /^(trade|quote|depth)$/.test(String(type)));
      if (outcome !== 'ok') expect(out.messages).toEqual([]);
      const expected = reference(bytes);
      expect(data.map(essence)).toEqual(expected ?? []);
      if (data.length > 0) delivered += 1;
    };
    for (const frame of frames) check(new TextEncoder().encode(frame));
    fc.assert(fc.property(mutatedFrames(frames), check), { seed: SEED, numRuns: RUNS });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { seed: SEED, numRuns: 500 });
    expect(delivered).toBeGreaterThan(RUNS / 20);
  }, 60_000);
});
