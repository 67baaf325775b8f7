/**
 * The recording of 2021-04-17, frame by frame and through the command line. Its own oracles: a
 * ticker's side is the taker's while a match's is the maker's, and its best prices are the book's.
 */
import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../../src/book/order-book.ts';
import type { DepthMessage, QuoteMessage, TradeMessage } from '../../../../src/venues/contract.ts';
import { createFeedCounters, FeedSlot } from '../../../../src/venues/feed-counters.ts';
import { QuoteDrift } from '../../../../src/venues/kit/quote-drift.ts';
import { jsonLine, runCommand } from '../../../support/cli-process.ts';
import { numberOf, rowsOf } from '../../../support/store-file.ts';
import { WorkFolder } from '../../../support/work-folder.ts';
import { findCapture, readCapture } from '../binance/capture-frames.ts';
import { Collector } from '../binance/collector.ts';
import { createProtocol, feed } from './coinbase-protocol.ts';

const COUNTS = { match: 97, last_match: 10, ticker: 107, l2update: 9719, snapshot: 10 };
const path = findCapture('coinbase-exchange-2021-04.cap.gz');

interface Frame {
  readonly type: string;
  readonly product_id: string;
  readonly trade_id: number;
  readonly side: string;
  readonly best_bid: string;
  readonly best_ask: string;
}

describe.skipIf(path === undefined)('the recording of 2021-04-17', () => {
  const lines = path === undefined ? [] : readCapture(path);
  const texts = lines.filter((line) => line.kind === 'text').map((line) => line.payload);
  const products = [
    ...new Set(texts.flatMap((text) => /"product_id":"([^"]+)"/.exec(text)?.[1] ?? [])),
  ];
  const encoder = new TextEncoder();

  test('decodes to what it holds, without a malformed frame', () => {
    const protocol = createProtocol(products);
    const counts: Record<string, number> = {};
    const outcomes: Record<string, number> = {};
    const delivered: Record<string, number> = {};
    for (const text of texts) {
      const { type } = JSON.parse(text) as Frame;
      counts[type] = (counts[type] ?? 0) + 1;
      const out = new Collector();
      const bytes = encoder.encode(text);
      const outcome = protocol.decode(bytes, bytes.length, out);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      for (const message of out.messages) {
        const kind = message.isSnapshot === true ? 'snapshot' : String(message.type);
        delivered[kind] = (delivered[kind] ?? 0) + 1;
      }
    }
    expect(counts).toMatchObject(COUNTS);
    expect(outcomes).toEqual({ ok: texts.length });
    expect(delivered).toMatchObject({
      trade: COUNTS.match + COUNTS.last_match,
      quote: COUNTS.ticker,
      depth: COUNTS.l2update,
      snapshot: COUNTS.snapshot,
    });
  });

  test('has the aggressor of each trade that its ticker names', () => {
    const protocol = createProtocol(products);
    const takers = new Map<string, string>();
    for (const text of texts) {
      const { type, product_id, trade_id, side } = JSON.parse(text) as Frame;
      if (type === 'ticker') takers.set(`${product_id} ${trade_id}`, side);
    }
    let compared = 0;
    const collector = new (class extends Collector {
      override onTrade(message: TradeMessage): boolean {
        const taker = takers.get(`${products[message.instrument]} ${message.tradeId}`);
        expect(message.isSell ? 'sell' : 'buy').toBe(taker as string);
        compared += 1;
        return true;
      }
    })();
    for (const text of texts)
      protocol.decode(encoder.encode(text), encoder.encode(text).length, collector);
    expect(compared).toBe(COUNTS.match + COUNTS.last_match);
  });

  test('is a book with the best prices of every ticker that follows a match', () => {
    const whole = replayBooks(0);
    expect(whole).toEqual({ checked: 97, equal: 97, drifted: 0, crossed: 0 });
  });

  test('with updates missing is found out by its tickers, or by itself', () => {
    // From the middle on every book stands still; its quotes move on.
    const { drifted, crossed, equal } = replayBooks(5_000);
    expect(equal).toBeLessThan(97);
    expect(drifted + crossed).toBeGreaterThan(0);
  });

  /** Plays the recording, without the updates that remove or shrink after `keep` of them. */
  function replayBooks(keep: number) {
    const protocol = createProtocol(products);
    const counters = createFeedCounters();
    const books = products.map(() => new OrderBook());
    const drifts = products.map(() => new QuoteDrift(feed.quoteDriftUs ?? 0, counters));
    const seen = new Set<number>();
    const result = { checked: 0, equal: 0, drifted: 0, crossed: 0 };
    let recvUs = 0;
    let updates = 0;
    const note = (reason: string, index: number) => {
      if (reason === '') return;
      result.drifted += 1;
      drifts[index]?.forgetBook();
    };
    const collector = new (class extends Collector {
      override onTrade = () => true;
      override onDepth({ instrument, prices, sizes, ...depth }: DepthMessage): void {
        const book = books[instrument] as OrderBook;
        if (depth.isSnapshot) {
          book.load(prices, sizes, depth.bidCount, depth.askCount);
          return;
        }
        updates += 1;
        if (keep > 0 && updates > keep && sizes[0] === 0) return;
        book.apply(prices, sizes, depth.bidCount, depth.askCount);
        if (book.isCrossed) result.crossed += 1;
        note(drifts[instrument]?.onBook(book, depth.tsUs, recvUs) ?? '', instrument);
      }
      override onQuote(quote: QuoteMessage): void {
        const { instrument, bidPrice, askPrice } = quote;
        note(drifts[instrument]?.onQuote(quote, recvUs) ?? '', instrument);
        // The first ticker of a product is as old as its last match.
        if (!seen.has(instrument)) {
          seen.add(instrument);
          return;
        }
        const { bids, asks } = books[instrument] as OrderBook;
        result.checked += 1;
        if (bids.bestPrice === bidPrice && asks.bestPrice === askPrice) result.equal += 1;
      }
    })();
    for (const { kind, payload, recvUs: at } of lines) {
      if (kind !== 'text') continue;
      recvUs = at;
      const bytes = encoder.encode(payload);
      protocol.decode(bytes, bytes.length, collector);
    }
    expect(counters[FeedSlot.bbo_mismatched]).toBe(result.drifted);
    return result;
  }

  test('replays into a store with all it holds', async () => {
    using folder = new WorkFolder();
    const store = folder.file('a.db');
    const args = ['replay', path ?? '', '--store', `sqlite:${store}`, '--json'];
    const run = await runCommand(folder.path, ...args);
    expect(run.code).toBe(0);
    expect(jsonLine(run)).toMatchObject({
      frames: texts.length,
      trades: COUNTS.match + COUNTS.last_match,
      stored: { trades: 107, data_quality: 0 },
      malformed: 0,
      gaps: 0,
      open_gaps: 0,
      duplicates: 0,
      book_gaps: 0,
      bbo_checked: 97,
      bbo_mismatched: 0,
    });
    const sides = 'SELECT symbol, trade_id, side FROM trades ORDER BY symbol, trade_id';
    const expected = texts
      .map((text) => JSON.parse(text) as Frame)
      .filter(({ type }) => type.endsWith('match'))
      .map(({ product_id, trade_id, side }) => {
        const taker = side === 'sell' ? 'buy' : 'sell';
        return `${product_id.replace('-', '/')} ${trade_id} ${taker}`;
      });
    const stored = rowsOf(store, sides).map((row) => `${row.symbol} ${row.trade_id} ${row.side}`);
    expect(stored.sort()).toEqual(expected.sort());
    // Quotes are stored on change; no ticker of the recording repeats the one before it.
    expect(numberOf(store, 'SELECT count(*) FROM quotes')).toBe(COUNTS.ticker);
    expect(numberOf(store, 'SELECT count(*) FROM orderbook_snapshots')).toBeGreaterThan(1_000);
    expect((await runCommand(folder.path, 'verify', '--store', `sqlite:${store}`)).code).toBe(0);
  }, 60_000);
});
