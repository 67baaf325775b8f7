/**
 * Fuzz of Coinbase's decoder: whatever happens to a frame, no throw, and what is delivered is
 * exactly what an independent reference reads, or nothing is.
 */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { accident } from '../support/frame-accidents.ts';
import { type Copied, decodeFrame } from '../unit/venues/binance/collector.ts';
import { createProtocol, instruments } from '../unit/venues/coinbase/coinbase-protocol.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 8000);
console.log(`decode-coinbase seed ${SEED}`);
const FIXTURES = join(import.meta.dirname, '../../src/venues/coinbase/fixtures');
const SYMBOLS = ['BTC/USD', 'SKL/USD', 'SKL/BTC', 'SKL/GBP', 'NMR/EUR', 'BAND/GBP', 'DASH/BTC'];
const indexOf = new Map(instruments(SYMBOLS).map((each) => [each.venueSymbol, each.index]));

class Refused extends Error {}

function need(condition: boolean): void {
  if (!condition) throw new Refused();
}

function decimal(value: unknown): number {
  need(typeof value === 'string' && /^(0|[1-9]\d*)(\.\d+)?$/.test(value));
  const number = Number(value);
  need(Number.isFinite(number) && (number > 0 || !/[1-9]/.test(value as string)));
  return number;
}

const isLong = (...values: unknown[]) =>
  values.some(
    (value) =>
      String(value)
        .replace('.', '')
        .replace(/^0+|0+$/g, '').length > 15,
  );

function id(value: unknown): number {
  need(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
  return (value as number) + 0;
}

/** µs; NaN for a time before 1970. */
function time(value: unknown): number {
  const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(?:Z|\+00:00)$/;
  const match = typeof value === 'string' ? form.exec(value) : null;
  need(match !== null);
  const ms = Date.parse(`${match?.[1]}Z`);
  // Date.parse takes some days that are none for the next month's.
  need(!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(match?.[1] as string));
  const us = ms * 1000 + Number((match?.[2] ?? '').slice(0, 6).padEnd(6, '0'));
  return us > 0 ? us : Number.NaN;
}

function reference(bytes: Uint8Array): Copied | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return read(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function read(frame: Record<string, unknown>): Copied | undefined {
  need(typeof frame === 'object' && frame !== null && !Array.isArray(frame));
  const instrument = indexOf.get(frame.product_id as string);
  if (instrument === undefined) return undefined;
  const nan = Number.NaN;
  const ids = { firstId: nan, lastId: nan, previousId: nan, checksum: nan };
  switch (frame.type) {
    case 'match':
    case 'last_match': {
      need(frame.side === 'buy' || frame.side === 'sell');
      const [price, size] = [decimal(frame.price), decimal(frame.size)];
      const tsUs = time(frame.time);
      need(price > 0 && size > 0 && tsUs > 0);
      const trade = { instrument, tape: 'trade', tsUs, price, size, nativeSize: size };
      const isSell = frame.side === 'buy';
      const names = { tradeId: id(frame.trade_id), tradeIdText: '', firstTradeId: nan };
      const precisionLoss = isLong(frame.price, frame.size);
      return { type: 'trade', ...trade, ...names, isSell, isMarket: true, precisionLoss };
    }
    case 'ticker': {
      const sequence = frame.sequence === undefined ? nan : id(frame.sequence);
      const tsUs = frame.time === undefined ? nan : time(frame.time);
      const side = (price: unknown, size: unknown): [number, number] => {
        const [p, s] = [decimal(price), size === undefined ? nan : decimal(size)];
        return p === 0 ? [nan, 0] : [p, s];
      };
      const [bidPrice, bidSize] = side(frame.best_bid, frame.best_bid_size);
      const [askPrice, askSize] = side(frame.best_ask, frame.best_ask_size);
      const all = [
        frame.best_bid,
        frame.best_bid_size ?? '',
        frame.best_ask,
        frame.best_ask_size ?? '',
      ];
      const quote = { instrument, tsUs, sequence, bidPrice, bidSize, askPrice, askSize };
      return { type: 'quote', ...quote, precisionLoss: isLong(...all) };
    }
    case 'snapshot': {
      const sides = [frame.bids, frame.asks].map((side) => {
        need(Array.isArray(side));
        return (side as unknown[])
          .filter((level) => {
            need(Array.isArray(level) && level.length >= 2);
            const [price, size] = level as unknown[];
            return !(
              typeof price === 'string' &&
              /^(NaN|-\d+(\.\d+)?)$/.test(String(size)) &&
              typeof size === 'string'
            );
          })
          .map((level) => level as unknown[]);
      });
      const [bids = [], asks = []] = sides;
      const had = (frame.bids as unknown[]).length + (frame.asks as unknown[]).length;
      need(bids.length + asks.length > 0 || had === 0);
      const tsUs = frame.time === undefined ? nan : time(frame.time);
      const level = ([price, size]: unknown[]) => {
        need(decimal(price) > 0);
        return [decimal(price), decimal(size)];
      };
      const precisionLoss = [...bids, ...asks].some((each) => isLong(each[0], each[1]));
      const levels = { bids: bids.map(level), asks: asks.map(level) };
      return {
        type: 'depth',
        instrument,
        tsUs,
        ...ids,
        isSnapshot: true,
        precisionLoss,
        ...levels,
      };
    }
    case 'l2update': {
      need(Array.isArray(frame.changes));
      const tsUs = time(frame.time);
      const levels: Record<'buy' | 'sell', number[][]> = { buy: [], sell: [] };
      let precisionLoss = false;
      for (const change of frame.changes as unknown[]) {
        need(Array.isArray(change) && change.length >= 3);
        const [side, price, size] = change as unknown[];
        need(side === 'buy' || side === 'sell');
        need(decimal(price) > 0);
        levels[side as 'buy'].push([decimal(price), decimal(size)]);
        precisionLoss ||= isLong(price, size);
      }
      const sides = { bids: levels.buy, asks: levels.sell };
      return {
        type: 'depth',
        instrument,
        tsUs,
        ...ids,
        isSnapshot: false,
        precisionLoss,
        ...sides,
      };
    }
    default:
      return undefined;
  }
}

test('delivers what the reference reads, or nothing', () => {
  const frames = ['documented.json', 'captured.json']
    .flatMap((file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')))
    .flatMap(({ frame }: { frame?: string }) => (frame === undefined ? [] : [frame]))
    .map((frame) => new TextEncoder().encode(frame));
  const protocol = createProtocol(SYMBOLS);
  let delivered = 0;
  const check = (bytes: Uint8Array): void => {
    const { outcome, messages } = decodeFrame(protocol, bytes);
    const data = messages.filter((each) => each.type !== 'stream-ack');
    const expected = reference(bytes);
    expect(data).toEqual(expected === undefined ? [] : [expected]);
    if (expected !== undefined) expect(outcome).toBe('ok');
    if (outcome !== 'ok') expect(messages).toEqual([]);
    delivered += data.length;
  };
  for (const frame of frames) check(frame);
  fc.assert(fc.property(accident(frames), check), { seed: SEED, numRuns: RUNS });
  expect(delivered).toBeGreaterThan(RUNS / 20);
});
