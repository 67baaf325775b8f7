/** Every frame of two captures: the decoder against the reference, and the books' own oracle. */
import { describe, expect, test } from 'bun:test';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { type CaptureLine, findCapture, readCapture } from './capture-frames.ts';
import { Collector, type Copied, createProtocol, feed } from './collector.ts';
import { referenceDecode } from './reference-decoder.ts';

const CAPTURES = [
  {
    feedId: 'binance.spot',
    file: 'binance-spot-btcusdt-20240808.cap.gz',
    symbol: 'BTC/USDT',
    native: 'BTCUSDT',
    counts: { trade: 9757, quote: 28_040, depth: 3451 },
    matchedQuotes: 564,
  },
  {
    feedId: 'binance.usdm',
    file: 'binance-usdm-ethusdt-20240808.cap.gz',
    symbol: 'ETH/USDT',
    native: 'ETHUSDT',
    counts: { trade: 14_076, quote: 53_992, depth: 6586 },
    matchedQuotes: 551,
  },
] as const;

for (const capture of CAPTURES) {
  const path = findCapture(capture.file);
  describe.skipIf(path === undefined)(`capture ${capture.file}`, () => {
    const lines = path === undefined ? [] : readCapture(path);
    const protocol = createProtocol(capture.feedId, { symbols: [capture.symbol], anyTape: true });

    test('gives for every frame what the reference gives', () => {
      const counts: Record<string, number> = {};
      const symbols = new Map([[capture.native, 0]]);
      const isUsdm = capture.feedId === 'binance.usdm';
      const encoder = new TextEncoder();
      for (const line of lines) {
        if (line.kind !== 'text') continue;
        const bytes = encoder.encode(line.payload);
        const collector = new Collector();
        expect(protocol.decode(bytes, bytes.length, collector)).toBe('ok');
        const [message] = collector.messages;
        expect(collector.messages.length).toBe(1);
        const type = (message as Copied).type as string;
        counts[type] = (counts[type] ?? 0) + 1;
        const expected = referenceDecode(bytes, { isUsdm, symbols });
        if (!Bun.deepEquals(message, expected, true)) expect(message).toEqual(expected as Copied);
      }
      expect(counts).toEqual(capture.counts);
    });

    test('is an unbroken book that equals the venue quote wherever ids coincide', () => {
      const { gaps, matched, mismatched } = replayBook(capture.feedId, lines, capture.symbol);
      expect({ gaps, mismatched }).toEqual({ gaps: 0, mismatched: 0 });
      expect(matched).toBe(capture.matchedQuotes);
    });
  });
}

/** A naive book under the feed's rule, checked against quotes of the same update id. */
class NaiveBook extends Collector {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  readonly #rule: ReturnType<typeof feed>['bookRule'];
  readonly #waiting: Copied[] = [];
  readonly #quotes = new Map<number, Copied>();
  #bookId = -1;
  #isLive = false;
  gaps = 0;
  matched = 0;
  mismatched = 0;

  constructor(rule: ReturnType<typeof feed>['bookRule']) {
    super();
    this.#rule = rule;
  }

  override onTrade = () => true;

  override onQuote(message: object): void {
    const quote = { ...message } as Copied;
    if (quote.sequence === this.#bookId && this.#isLive) this.#check(quote);
    else this.#quotes.set(quote.sequence as number, quote);
  }

  override onDepth(message: DepthMessage): void {
    if (this.#bookId < 0) {
      super.onDepth(message);
      this.#waiting.push(this.messages.pop() as Copied);
      return;
    }
    super.onDepth(message);
    this.#apply(this.messages.pop() as Copied);
  }

  override onBookSnapshot(message: DepthMessage): void {
    super.onDepth(message);
    const snapshot = this.messages.pop() as Copied;
    this.#set(snapshot);
    this.#bookId = message.lastId;
    for (const event of this.#waiting) this.#apply(event);
  }

  #apply(event: Copied): void {
    const message = event as unknown as DepthMessage;
    const verdict = this.#isLive
      ? this.#rule.next(this.#bookId, message)
      : this.#rule.first(this.#bookId, message);
    if (verdict === 'gap' || verdict === 'refetch') this.gaps += 1;
    if (verdict !== 'apply') return;
    this.#isLive = true;
    this.#set(event);
    this.#bookId = message.lastId;
    const quote = this.#quotes.get(message.lastId);
    if (quote !== undefined) this.#check(quote);
  }

  #set(event: Copied): void {
    for (const [side, levels] of [
      [this.bids, event.bids],
      [this.asks, event.asks],
    ] as const) {
      for (const [price, size] of levels as [number, number][]) {
        if (size === 0) side.delete(price);
        else side.set(price, size);
      }
    }
  }

  #check(quote: Copied): void {
    const bid = Math.max(...this.bids.keys());
    const ask = Math.min(...this.asks.keys());
    const isEqual =
      quote.bidPrice === bid &&
      quote.askPrice === ask &&
      quote.bidSize === this.bids.get(bid) &&
      quote.askSize === this.asks.get(ask);
    if (isEqual) this.matched += 1;
    else this.mismatched += 1;
  }
}

function replayBook(feedId: string, lines: readonly CaptureLine[], symbol: string): NaiveBook {
  const protocol = createProtocol(feedId, { symbols: [symbol], anyTape: true });
  const book = new NaiveBook(feed(feedId).bookRule);
  const encoder = new TextEncoder();
  for (const line of lines) {
    if (line.kind === 'text') {
      const bytes = encoder.encode(line.payload);
      protocol.decode(bytes, bytes.length, book);
    } else if (line.kind === 'rest') {
      const { url, body } = JSON.parse(line.payload);
      expect(protocol.decodeRest(url, JSON.stringify(body), book)).toBe('ok');
    }
  }
  return book;
}
