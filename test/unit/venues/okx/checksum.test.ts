/** Checksums of books, as the venue sent them until 2026-06. */
import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../../src/book/order-book.ts';
import type { DepthMessage, FeedProtocol } from '../../../../src/venues/contract.ts';
import { checksumOf } from '../../../../src/venues/okx/text-book.ts';
import { Collector } from '../binance/collector.ts';
import { book, createProtocol, INVERSE, SPOT } from './okx-protocol.ts';

const ASKS = [
  ['3366.8', '9', '0', '1'],
  ['3368', '8', '0', '1'],
];
const BIDS = [
  ['3366.1', '7', '0', '1'],
  ['3366', '6', '0', '1'],
];
const CHECKSUM = -1_881_014_294;

/** Plays frames into a book and tells of each what `verifyBook` says; null: nothing to verify. */
class Play extends Collector {
  readonly book = new OrderBook();
  readonly verdicts: (boolean | null)[] = [];
  readonly #protocol: FeedProtocol;

  constructor(protocol: FeedProtocol) {
    super();
    this.#protocol = protocol;
  }

  frame(value: object): this {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    expect(this.#protocol.decode(bytes, bytes.length, this)).toBe('ok');
    return this;
  }

  override onDepth(message: DepthMessage): void {
    const { prices, sizes, bidCount, askCount } = message;
    if (message.isSnapshot) this.book.load(prices, sizes, bidCount, askCount);
    else this.book.apply(prices, sizes, bidCount, askCount);
    const verdict = this.#protocol.verifyBook?.(message, this.book) ?? false;
    this.verdicts.push(Number.isNaN(message.checksum) ? null : verdict);
  }
}

describe('the checksum', () => {
  test('is what the documents say of their two examples', () => {
    const level = ([price = '', size = '']: string[]) => [price, size] as const;
    expect(checksumOf(BIDS.map(level), ASKS.map(level))).toBe(CHECKSUM);
    const asks = [ASKS[0], ASKS[1], ['3372', '8']] as string[][];
    expect(checksumOf([['3366.1', '7']], asks.map(level))).toBe(831_078_360);
  });

  test('counts the best 25 levels a side and no more', () => {
    const side = Array.from({ length: 30 }, (_, i) => [String(100 + i), '1'] as const);
    expect(checksumOf(side, [])).toBe(checksumOf(side.slice(0, 25), []));
    expect(checksumOf(side, [])).not.toBe(checksumOf(side.slice(0, 24), []));
  });

  test('proves snapshots and updates, of contracts too, and finds what is wrong', () => {
    for (const name of [SPOT, INVERSE]) {
      const play = new Play(createProtocol());
      play.frame(book(name, 'snapshot', [-1, 10], { bids: BIDS, asks: ASKS }, CHECKSUM));
      const away = { bids: [['3366', '0', '0', '0']], asks: [['3372', '8', '0', '1']] };
      play.frame(book(name, 'update', [10, 11], away, 831_078_360));
      play.frame(book(name, 'update', [11, 12], {}, 831_078_361));
      expect(play.verdicts).toEqual([true, true, false]);
    }
  });

  test('is held against the recorded book too, not only against the texts', () => {
    const play = new Play(createProtocol());
    play.frame(book(SPOT, 'snapshot', [-1, 10], { bids: BIDS, asks: ASKS }, CHECKSUM));
    play.book.set('bid', 3366, 5);
    play.frame(book(SPOT, 'update', [10, 11], {}, CHECKSUM));
    play.book.set('bid', 3366, 6);
    play.book.set('ask', 3400, 1);
    play.frame(book(SPOT, 'update', [11, 12], {}, CHECKSUM));
    expect(play.verdicts).toEqual([true, false, false]);
  });

  test('of 0, as since 2026, is none; and none is proven without the texts before it', () => {
    const play = new Play(createProtocol());
    play.frame(book(SPOT, 'update', [9, 10], {}, CHECKSUM));
    play.frame(book(SPOT, 'snapshot', [-1, 10], { bids: BIDS, asks: ASKS }, 0));
    play.frame(book(SPOT, 'update', [10, 11], {}, CHECKSUM));
    expect(play.verdicts).toEqual([null, null, null]);
  });
});
