/**
 * The streams of Bybit as the embedded exchange sends them, byte for byte in the shape of the v5
 * documents. A topic is one stream, and for the book of depth 1 a second one that repeats its last
 * frame when nothing changes.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { SimTopBook } from '../kit/sim-top-book.ts';
import type { SimHost, SimInstrument, SimQuote, SimStream, SimTrade } from '../sim-contract.ts';
import { FILLS, fillId } from './sim-ids.ts';
import { SimTicker } from './sim-ticker.ts';

export type Category = 'spot' | 'linear';

const TOPIC = /^(?:(publicTrade|tickers|allLiquidation)|orderbook\.(1|50|200|1000))\.([A-Z0-9-]+)$/;
/** How often each depth is pushed. */
const INTERVALS_MS: Readonly<Record<string, number>> = { '50': 20, '200': 100, '1000': 200 };
/** Depth 1 is sent again, with the same `u`, after this long without a change. */
const REPEAT_US = 3 * US_PER_SECOND;
const TICKER_US = US_PER_SECOND;
const LIQUIDATION_US = US_PER_SECOND / 2;
/** A block trade is printed beside each of so many trades. */
const BLOCK_EVERY = 40;

export class SimStreams {
  readonly #host: SimHost;
  readonly #category: Category;
  readonly #bySymbol = new Map<string, SimInstrument>();
  readonly #made = new Map<string, readonly SimStream[]>();
  /** What a new subscriber of a topic gets first, where that is not a depth stream's snapshot. */
  readonly #first = new Map<string, () => string | undefined>();

  constructor(host: SimHost, category: Category) {
    this.#host = host;
    this.#category = category;
    for (const each of host.instruments) this.#bySymbol.set(each.listing.venueSymbol, each);
  }

  /** The streams of a topic, or undefined when the venue has no such topic. */
  find(topic: string): readonly SimStream[] | undefined {
    const known = this.#made.get(topic);
    if (known !== undefined) return known;
    const [, kind = 'orderbook', depth = '', symbol = ''] = TOPIC.exec(topic) ?? [];
    const instrument = this.#bySymbol.get(symbol);
    if (instrument === undefined) return undefined;
    const streams = this.#create(topic, kind, depth, instrument);
    if (streams !== undefined) this.#made.set(topic, streams);
    return streams;
  }

  firstFrame(topic: string): string | undefined {
    return this.#first.get(topic)?.();
  }

  #create(
    topic: string,
    kind: string,
    depth: string,
    instrument: SimInstrument,
  ): readonly SimStream[] | undefined {
    const isLinear = this.#category === 'linear';
    if (kind === 'publicTrade') return [tradeStream(topic, instrument, this.#category)];
    if (kind === 'orderbook') {
      if (depth !== '1') return [bookStream(topic, instrument, Number(depth), this.#host)];
      const quotes = quoteStreams(topic, instrument, this.#host);
      this.#first.set(topic, quotes.lastFrame);
      return quotes.streams;
    }
    if (!isLinear) return undefined;
    const ticker = new SimTicker(topic, instrument);
    const nowUs = () => this.#host.nowUs();
    if (kind === 'tickers') {
      this.#first.set(topic, () => ticker.snapshot(nowUs()));
      const encode = (now: number) => ticker.delta(now);
      return [{ kind: 'timer', key: topic, instrument: undefined, intervalUs: TICKER_US, encode }];
    }
    const encode = (now: number) => ticker.liquidation(now);
    const common = { kind: 'timer', key: topic, instrument: undefined } as const;
    return [{ ...common, intervalUs: LIQUIDATION_US, encode }];
  }
}

function ms(us: number): number {
  return Math.floor(us / US_PER_MS);
}

/**
 * Linear sends the two prints of a trade in one frame, spot in two that share their `seq`. Now and
 * then a block trade is printed, which is no trade of the market and so is not in the truth.
 */
function tradeStream(topic: string, instrument: SimInstrument, category: Category): SimStream {
  const { venueSymbol } = instrument.listing;
  const isLinear = category === 'linear';
  const row = (trade: SimTrade, id: string, lots: number, isBlock: boolean) => {
    const tick = isLinear ? '"L":"PlusTick",' : '';
    return (
      `{"T":${ms(trade.tsUs)},"s":"${venueSymbol}","S":"${trade.isSell ? 'Sell' : 'Buy'}"` +
      `,"v":"${instrument.sizeText(lots)}","p":"${instrument.priceText(trade.ticks)}",${tick}` +
      `"i":"${id}","BT":${isBlock},"RPI":${trade.number % 3 === 0},"seq":${trade.number}}`
    );
  };
  const encode = (trade: SimTrade, nowUs: number) => {
    const frame = (rows: string) =>
      `{"topic":"${topic}","type":"snapshot","ts":${ms(Math.max(nowUs, trade.tsUs))},` +
      `"data":[${rows}]}`;
    const first = Math.floor(trade.lots / FILLS);
    const rows = [first, trade.lots - first].map((lots, i) =>
      row(trade, fillId(category, instrument, trade.number * FILLS + i), lots, false),
    );
    if (trade.number % BLOCK_EVERY === 0) {
      rows.push(row(trade, `block-${venueSymbol}-${trade.number}`, trade.lots * 100, true));
    }
    return isLinear ? frame(rows.join()) : rows.map(frame);
  };
  return { kind: 'trade', key: topic, instrument, encode };
}

interface QuoteStreams {
  readonly streams: readonly SimStream[];
  lastFrame(): string | undefined;
}

function quoteStreams(topic: string, instrument: SimInstrument, host: SimHost): QuoteStreams {
  const { venueSymbol } = instrument.listing;
  // Rises over restarts of the exchange: there are fewer frames than milliseconds.
  let updateId = ms(host.nowUs());
  let last: string | undefined;
  let lastUs = 0;
  const encode = (quote: SimQuote, nowUs: number) => {
    updateId += 1;
    lastUs = nowUs;
    const level = (ticks: number, lots: number) =>
      `[["${instrument.priceText(ticks)}","${instrument.sizeText(lots)}"]]`;
    last =
      `{"topic":"${topic}","ts":${ms(Math.max(nowUs, quote.tsUs))},"type":"snapshot","data":` +
      `{"s":"${venueSymbol}","b":${level(quote.bidTicks, quote.bidLots)}` +
      `,"a":${level(quote.askTicks, quote.askLots)},"u":${updateId},"seq":${quote.id}}` +
      `,"cts":${ms(quote.tsUs)}}`;
    return last;
  };
  const repeat: SimStream = {
    kind: 'timer',
    key: `${topic} again`,
    instrument: undefined,
    intervalUs: REPEAT_US / 3,
    encode: (nowUs) => (nowUs - lastUs >= REPEAT_US ? last : undefined),
  };
  return {
    streams: [{ kind: 'quote', key: topic, instrument, encode }, repeat],
    // One of long ago would tell a subscriber nothing that holds.
    lastFrame: () => (host.nowUs() - lastUs < REPEAT_US ? last : undefined),
  };
}

function bookStream(
  topic: string,
  instrument: SimInstrument,
  depth: number,
  host: SimHost,
): SimStream {
  const { venueSymbol } = instrument.listing;
  const top = new SimTopBook(depth);
  let updateId = ms(host.nowUs());
  const side = (levels: readonly number[]) => {
    const rows: string[] = [];
    for (let i = 0; i < levels.length; i += 2) {
      const price = instrument.priceText(levels[i] as number);
      rows.push(`["${price}","${instrument.sizeText(levels[i + 1] as number)}"]`);
    }
    return `[${rows.join()}]`;
  };
  const frame = (
    type: 'snapshot' | 'delta',
    levels: { readonly bids: readonly number[]; readonly asks: readonly number[] },
    seq: number,
    tsUs: number,
    nowUs: number,
  ) =>
    `{"topic":"${topic}","type":"${type}","ts":${ms(Math.max(nowUs, tsUs))},"data":` +
    `{"s":"${venueSymbol}","b":${side(levels.bids)},"a":${side(levels.asks)}` +
    `,"u":${updateId},"seq":${seq}},"cts":${ms(tsUs)}}`;
  return {
    kind: 'depth',
    key: topic,
    instrument,
    intervalUs: (INTERVALS_MS[depth] ?? 0) * US_PER_MS,
    encode: (event, nowUs) => {
      const changes = top.update(event.book);
      // Changes below the depth are none here.
      if (changes.bids.length + changes.asks.length === 0) return undefined;
      updateId += 1;
      return frame('delta', changes, event.lastId, event.tsUs, nowUs);
    },
    snapshot: (book, nowUs) => {
      // Only where nobody listened in between is there anything to move on to.
      const changes = top.update(book);
      if (changes.bids.length + changes.asks.length > 0) updateId += 1;
      return frame('snapshot', top.levels, book.id, nowUs, nowUs);
    },
  };
}
