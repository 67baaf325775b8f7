/**
 * `book`: real depth chains, decoded beforehand, applied to a book that is looked at after every
 * message (best prices) and every tenth (20 levels a side), as a recorder does.
 */
import { OrderBook } from '../../src/book/order-book.ts';
import type { BookUpdate } from '../book/depth-chain.ts';
import { type DepthChain, loadChain } from '../book/depth-chain.ts';
import { type BookUnderTest, MapBook, SortedArrayBook, tardisBook } from '../book/rival-books.ts';
import { preparedChannels } from '../frames/frame-set.ts';
import { prepareFrames } from '../frames/prepare-frames.ts';
import { NumberChecksum } from '../harness/checksum.ts';
import { measurePasses, nowUs } from '../harness/measure.ts';
import type { BenchCase, Contender, RunContext, RunOutcome, Suite } from '../harness/suite.ts';

const TOP = 20;
const LOOK_EVERY = 10;

class OwnBook implements BookUnderTest {
  readonly #book = new OrderBook();
  readonly #out = new Float64Array(4 * TOP);

  load({ prices, sizes, bidCount, askCount }: BookUpdate): void {
    this.#book.load(prices, sizes, bidCount, askCount);
  }

  apply({ prices, sizes, bidCount, askCount }: BookUpdate): void {
    this.#book.apply(prices, sizes, bidCount, askCount);
  }

  bestBid(): number {
    return this.#book.bids.bestPrice;
  }

  bestAsk(): number {
    return this.#book.asks.bestPrice;
  }

  top(sum: NumberChecksum): void {
    const out = this.#out;
    const bids = this.#book.bids.copyTop(TOP, out, 0);
    const asks = this.#book.asks.copyTop(TOP, out, 2 * bids);
    for (let i = 0; i < 2 * (bids + asks); i += 2) sum.add(out[i] as number, out[i + 1] as number);
  }
}

function play(book: BookUnderTest, { snapshot, updates }: DepthChain, sum: NumberChecksum): number {
  book.load(snapshot);
  const startUs = nowUs();
  for (let i = 0; i < updates.length; i += 1) {
    book.apply(updates[i] as BookUpdate);
    sum.add(book.bestBid(), book.bestAsk());
    if (i % LOOK_EVERY === 0) book.top(sum);
  }
  return nowUs() - startUs;
}

type MakeBook = () => BookUnderTest | Promise<BookUnderTest>;

function contender(name: string, feed: string, make: MakeBook): Contender {
  return {
    name,
    isOurs: name === 'OrderBook',
    async run(context: RunContext): Promise<RunOutcome> {
      const chain = await loadChain(context, feed);
      const sum = new NumberChecksum();
      const book = await make();
      const { passes, elapsedUs } = measurePasses(context.scale, () => {
        sum.reset();
        return play(book, chain, sum);
      });
      const levels = passes * chain.levels;
      const perSecond = (levels / elapsedUs) * 1e6;
      const messages = passes * chain.updates.length;
      return {
        value: perSecond,
        work: levels,
        elapsedUs,
        checksums: { tops: String(sum) },
        metrics: {
          'messages/s': (messages / elapsedUs) * 1e6,
          'ns a level': (elapsedUs * 1e3) / levels,
        },
        source: chain.source,
      };
    },
  };
}

function chainCase(feed: string): BenchCase {
  return {
    id: feed,
    title: `${feed}: levels set on a real chain, read after each message`,
    unit: 'levels/s',
    better: 'higher',
    contenders: [
      contender('OrderBook', feed, () => new OwnBook()),
      contender('sorted array of objects', feed, () => new SortedArrayBook()),
      contender('Map, sorted when read', feed, () => new MapBook()),
      contender('tardis-dev OrderBook', feed, tardisBook),
    ],
  };
}

export const suite: Suite = {
  name: 'book',
  title: 'order books on real chains',
  prepare: prepareFrames,
  async cases({ workDir }) {
    const channels = await preparedChannels(workDir);
    // Other feeds send no snapshot over REST, which a chain here starts from.
    return channels
      .filter(([feed, channel]) => feed.startsWith('binance.') && channel === 'book')
      .map(([feed]) => chainCase(feed));
  },
};
