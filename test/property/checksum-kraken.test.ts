/**
 * Kraken's checksum over random books: decoder, cut book and checksum against a book of plain
 * texts, with prices and quantities of up to 22 digits, of which a float64 holds 15.
 */
import { expect, test } from 'bun:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { OrderBook } from '../../src/book/order-book.ts';
import type { DepthMessage } from '../../src/venues/contract.ts';
import { BOOK_DEPTH } from '../../src/venues/kraken/book-sync.ts';
import { Collector } from '../unit/venues/binance/collector.ts';
import {
  bookFrame,
  createProtocol,
  PAIRS_URL,
  pairList,
} from '../unit/venues/kraken/kraken-protocol.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 150);
console.log(`checksum-kraken seed ${SEED}`);
const PRICE_DECIMALS = 2;
const SIZE_DECIMALS = 8;

/** Text of `units` × 10^-decimals; zeros at the end come off when `isShort`. */
function decimalText(units: bigint, decimals: number, isShort: boolean): string {
  const digits = String(units).padStart(decimals + 1, '0');
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return isShort ? text.replace(/\.?0+$/, '') : text;
}

class Model {
  readonly bids = new Map<bigint, bigint>();
  readonly asks = new Map<bigint, bigint>();

  apply(isBid: boolean, price: bigint, size: bigint): void {
    const side = isBid ? this.bids : this.asks;
    if (size === 0n) side.delete(price);
    else side.set(price, size);
  }

  cut(): void {
    for (const isBid of [true, false]) {
      const side = isBid ? this.bids : this.asks;
      for (const price of this.sorted(isBid).slice(BOOK_DEPTH)) side.delete(price);
    }
  }

  sorted(isBid: boolean): bigint[] {
    const side = isBid ? this.bids : this.asks;
    return [...side.keys()].sort((a, b) => (a < b === isBid ? 1 : -1));
  }

  get checksum(): number {
    const text = (isBid: boolean) => {
      const side = isBid ? this.bids : this.asks;
      return this.sorted(isBid)
        .slice(0, 10)
        .map((price) => `${price}${side.get(price)}`)
        .join('');
    };
    return crc32(text(false) + text(true));
  }
}

class Books extends Collector {
  readonly book = new OrderBook();
  last: DepthMessage | undefined;

  override onDepth(message: DepthMessage): void {
    const { prices, sizes, bidCount, askCount } = message;
    if (message.isSnapshot) this.book.load(prices, sizes, bidCount, askCount);
    else this.book.apply(prices, sizes, bidCount, askCount);
    this.book.truncate(BOOK_DEPTH);
    this.last = message;
  }
}

const size = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0n) },
  { weight: 5, arbitrary: fc.bigInt({ min: 1n, max: 10n ** 12n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 10n ** 21n }) },
  { weight: 1, arbitrary: fc.constantFrom(1n, 10n ** 8n, 10n ** 20n, 2n ** 53n + 1n) },
);
const change = fc.record({
  isBid: fc.boolean(),
  step: fc.bigInt({ min: 0n, max: 160n }),
  size,
  isShort: fc.boolean(),
});

test('equals the checksum made of the texts, whatever comes and goes', () => {
  const property = (
    base: bigint,
    updates: (typeof change extends fc.Arbitrary<infer T> ? T : never)[][],
  ) => {
    const protocol = createProtocol();
    const out = new Books();
    protocol.decodeRest(PAIRS_URL, pairList(PRICE_DECIMALS, SIZE_DECIMALS), out);
    const model = new Model();
    for (const [i, changes] of updates.entries()) {
      const sides: Record<'bids' | 'asks', [string, string][]> = { bids: [], asks: [] };
      const isSnapshot = i === 0;
      for (const { isBid, step, size: units, isShort } of changes) {
        if (isSnapshot && (units === 0n || model[isBid ? 'bids' : 'asks'].size === BOOK_DEPTH))
          continue;
        const price = isBid ? base - 1n - step : base + step;
        if (isSnapshot && model[isBid ? 'bids' : 'asks'].has(price)) continue;
        model.apply(isBid, price, units);
        sides[isBid ? 'bids' : 'asks'].push([
          decimalText(price, PRICE_DECIMALS, isShort),
          units === 0n ? '0' : decimalText(units, SIZE_DECIMALS, isShort),
        ]);
      }
      model.cut();
      const { checksum } = model;
      const frame = bookFrame(isSnapshot ? 'snapshot' : 'update', sides.bids, sides.asks, checksum);
      expect(protocol.decode(frame, frame.length, out)).toBe('ok');
      const message = out.last as DepthMessage;
      expect(message.checksum).toBe(checksum);
      expect(protocol.verifyBook?.(message, out.book)).toBe(true);
      message.checksum = (checksum + 1) % 2 ** 32;
      expect(protocol.verifyBook?.(message, out.book)).toBe(false);
    }
  };
  // Steps of a cent are told apart by a float64 up to here.
  const base = fc.bigInt({ min: 1_000n, max: 10n ** 14n });
  const updates = fc.array(fc.array(change, { minLength: 1, maxLength: 60 }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(fc.property(base, updates, property), { seed: SEED, numRuns: RUNS });
});
