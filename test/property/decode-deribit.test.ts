/**
 * Fuzz of Deribit's decoder against an independent reading of the same frames: whatever comes in,
 * nothing throws, and what is delivered is exactly what the reference reads, or nothing is.
 */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mutatedFrames } from '../support/json-mutation.ts';
import { Collector, type Copied } from '../unit/venues/binance/collector.ts';
import { createProtocol, instruments, SYMBOLS } from '../unit/venues/deribit/feed.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 5000);
console.log(`decode-deribit seed ${SEED}`);

const FILE = join(import.meta.dirname, '../../src/venues/deribit/fixtures/documented.json');
const frames: string[] = JSON.parse(readFileSync(FILE, 'utf8')).flatMap(
  ({ frame }: { frame?: string }) => frame ?? [],
);
/** Names of inverse contracts, whose amounts are dollars, and of the others. */
const INVERSE = ['BTC-PERPETUAL', 'ETH-PERPETUAL', 'BTC-25DEC26'];
const names = instruments(SYMBOLS).map((each) => each.venueSymbol);

// biome-ignore lint/suspicious/noExplicitAny: any JSON, looked into field by field
type Json = any;

const isWhole = (value: Json) => Number.isSafeInteger(value) && value >= 0;
const isTime = (value: Json) => isWhole(value) && Number.isSafeInteger(value * 1000);
const isAbove = (value: Json, least: number) =>
  typeof value === 'number' && Number.isFinite(value) && value > least;
const isNothing = (value: Json) => value === undefined || value === null;

class Refused extends Error {}

function must(holds: boolean): void {
  if (!holds) throw new Refused();
}

/** Values that matter of each message of a frame; undefined: the frame must deliver none. */
function reference(bytes: Uint8Array): unknown[] | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const frame: Json = JSON.parse(text);
    if (frame?.method !== 'subscription' || typeof frame.params?.channel !== 'string') return;
    const parts = frame.params.channel.split('.');
    const data = frame.params.data;
    if (parts[0] === 'trades') return trades(data);
    if (isNothing(data) || Array.isArray(data)) return;
    const index = names.indexOf(data.instrument_name);
    if (index < 0) return;
    must(isTime(data.timestamp));
    const head = { index, tsUs: data.timestamp * 1000 };
    const inBase = (amount: number, price: number) => {
      const size = INVERSE.includes(data.instrument_name) ? amount / price : amount;
      must(isAbove(size, 0));
      return size;
    };
    if (parts[0] === 'quote') return [{ type: 'quote', ...head, ...quote(data, inBase) }];
    if (parts[0] === 'book' && parts.length === 3) {
      return [{ type: 'depth', ...head, ...book(data, inBase) }];
    }
    return;
  } catch (error) {
    // Also what is no JSON, and fields of nothing.
    if (error instanceof Refused || error instanceof SyntaxError) return;
    if (error instanceof TypeError || error instanceof RangeError) return;
    throw error;
  }
}

type InBase = (amount: number, price: number) => number;

function trades(rows: Json): unknown[] | undefined {
  must(Array.isArray(rows));
  const own = rows.flatMap((row: Json) => {
    must(typeof row?.instrument_name === 'string' && !Array.isArray(row));
    const index = names.indexOf(row.instrument_name);
    if (index < 0) return [];
    const { direction, price, amount, trade_seq: id, timestamp, liquidation } = row;
    must(direction === 'buy' || direction === 'sell');
    must(isAbove(price, 0) && isAbove(amount, 0) && isWhole(id) && isTime(timestamp));
    must(isNothing(liquidation) || typeof liquidation === 'string');
    const size = INVERSE.includes(row.instrument_name) ? amount / price : amount;
    const isMarket = isNothing(row.block_trade_id);
    must(isAbove(size, 0));
    const tsUs = timestamp * 1000;
    const values = { price, size, isSell: direction === 'sell', isMarket };
    return [{ type: 'trade', index, tsUs, id, ...values }];
  });
  return own.length === 0 ? undefined : own;
}

function quote(data: Json, inBase: InBase): object {
  const side = (price: Json, amount: Json) => {
    const isEmpty = [price, amount].every((value) => value === null || value === 0);
    if (isEmpty) return [Number.NaN, 0];
    must(isAbove(price, 0) && isAbove(amount, 0));
    return [price, inBase(amount, price)];
  };
  const bid = side(data.best_bid_price, data.best_bid_amount);
  return { bid, ask: side(data.best_ask_price, data.best_ask_amount) };
}

function book(data: Json, inBase: InBase): object {
  const { type, change_id: id, prev_change_id: previous } = data;
  must(type === 'snapshot' || type === 'change');
  must(isWhole(id) && (isNothing(previous) ? type === 'snapshot' : isWhole(previous)));
  const side = (rows: Json) => {
    must(Array.isArray(rows));
    return rows.map((row: Json) => {
      must(Array.isArray(row) && row.length === 3);
      const [action, price, amount] = row;
      const isGone = action === 'delete';
      must(['new', 'change', 'delete'].includes(action) && isAbove(price, 0));
      must(isGone ? isAbove(amount, -Number.MIN_VALUE) : isAbove(amount, 0));
      return [price, isGone ? 0 : inBase(amount, price)];
    });
  };
  const ids = { id, previous: previous ?? Number.NaN, isSnapshot: type === 'snapshot' };
  return { ...ids, bids: side(data.bids), asks: side(data.asks) };
}

function essence(m: Copied): unknown {
  const { type, instrument: index, tsUs, isSnapshot, bids, asks } = m;
  const head = { type, index, tsUs };
  if (type === 'depth') {
    return { ...head, id: m.lastId, previous: m.previousId, isSnapshot, bids, asks };
  }
  if (type === 'quote') {
    return { ...head, bid: [m.bidPrice, m.bidSize], ask: [m.askPrice, m.askSize] };
  }
  const { price, size, isSell, isMarket } = m;
  return { ...head, id: m.tradeId, price, size, isSell, isMarket };
}

describe('deribit', () => {
  test('delivers what the reference reads, or nothing', () => {
    const protocol = createProtocol();
    let delivered = 0;
    const check = (bytes: Uint8Array) => {
      const out = new Collector();
      const outcome = protocol.decode(bytes, bytes.length, out);
      const data = out.messages.filter(({ type }) => /^(trade|quote|depth)$/.test(String(type)));
      if (outcome !== 'ok') expect(out.messages).toEqual([]);
      expect(data.map(essence)).toEqual(reference(bytes) ?? []);
      if (data.length > 0) delivered += 1;
    };
    for (const frame of frames) check(new TextEncoder().encode(frame));
    fc.assert(fc.property(mutatedFrames(frames), check), { seed: SEED, numRuns: RUNS });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { seed: SEED, numRuns: 500 });
    expect(delivered).toBeGreaterThan(RUNS / 20);
  }, 60_000);
});
