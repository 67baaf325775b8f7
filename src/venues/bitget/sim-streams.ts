/**
 * The streams of Bitget v2 as the embedded exchange sends them, in the shape of the documents and
 * of a client's recordings: everything is text but the outer time and the sequence numbers, which
 * have 19 digits.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { mix32 } from '../../base/prng.ts';
import { SimTopBook } from '../kit/sim-top-book.ts';
import type { SimHost, SimInstrument, SimStream } from '../sim-contract.ts';
import type { Market } from './sim-rest.ts';
import { fillRows, SimBacklog } from './sim-trades.ts';

/** The documents speak of so many levels. */
const BOOK_DEPTH = 400;
const BOOK_INTERVAL_US = 150 * US_PER_MS;
const TICKER_US = US_PER_SECOND;
const FUNDING_US = 8 * 3600 * US_PER_SECOND;
const LOW_RANGE = 1e15;
const SEQUENCE_HIGH = 1304;

export class SimStreams {
  readonly #host: SimHost;
  readonly #market: Market;
  readonly #backlog: SimBacklog;
  readonly #bySymbol = new Map<string, SimInstrument>();
  readonly #made = new Map<string, SimStream>();
  readonly #first = new Map<SimStream, () => string | undefined>();

  constructor(host: SimHost, market: Market) {
    this.#host = host;
    this.#market = market;
    this.#backlog = new SimBacklog(market);
    for (const each of host.instruments) this.#bySymbol.set(each.listing.venueSymbol, each);
  }

  find(channel: string, symbol: string): SimStream | undefined {
    const key = `${channel}.${symbol}`;
    const known = this.#made.get(key);
    const instrument = this.#bySymbol.get(symbol);
    if (known !== undefined || instrument === undefined) return known;
    const stream = this.#create(channel, key, instrument);
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }

  /** What a new subscriber gets first, where that is not a depth stream's snapshot. */
  firstFrame(stream: SimStream): string | undefined {
    return this.#first.get(stream)?.();
  }

  #create(channel: string, key: string, instrument: SimInstrument): SimStream | undefined {
    switch (channel) {
      case 'trade':
        return this.#trades(key, instrument);
      case 'books1':
        return quoteStream(key, instrument, this.#head('snapshot', channel, instrument));
      case 'books': {
        const snapshot = this.#head('snapshot', channel, instrument);
        return bookStream(key, instrument, snapshot, this.#head('update', channel, instrument));
      }
      case 'ticker':
        return this.#ticker(key, instrument);
      default:
        return undefined;
    }
  }

  #trades(key: string, instrument: SimInstrument): SimStream {
    const update = this.#head('update', 'trade', instrument);
    const stream: SimStream = {
      kind: 'trade',
      key,
      instrument,
      encode: (trade, nowUs) =>
        frame(update, JSON.stringify(fillRows(this.#market, instrument, trade)), nowUs),
    };
    const snapshot = this.#head('snapshot', 'trade', instrument);
    this.#first.set(stream, () => {
      const rows = this.#backlog.rows(instrument);
      if (rows.length === 0) return undefined;
      return frame(snapshot, JSON.stringify(rows), this.#host.nowUs());
    });
    return stream;
  }

  #ticker(key: string, instrument: SimInstrument): SimStream {
    const head = this.#head('snapshot', 'ticker', instrument);
    const encode = (nowUs: number) =>
      frame(head, `[${tickerRow(instrument, this.#market, nowUs)}]`, nowUs);
    return { kind: 'timer', key, instrument: undefined, intervalUs: TICKER_US, encode };
  }

  #head(action: string, channel: string, instrument: SimInstrument): string {
    const instType = this.#market === 'spot' ? 'SPOT' : 'USDT-FUTURES';
    const arg = { instType, channel, instId: instrument.listing.venueSymbol };
    return `{"action":"${action}","arg":${JSON.stringify(arg)},"data":`;
  }
}

function frame(head: string, data: string, nowUs: number): string {
  return `${head}${data},"ts":${ms(nowUs)}}`;
}

function ms(us: number): number {
  return Math.floor(us / US_PER_MS);
}

/** 19 digits, beyond what a float64 can hold. */
function sequenceText(id: number): string {
  const high = SEQUENCE_HIGH + Math.floor(id / LOW_RANGE);
  return `${high}${String(id % LOW_RANGE).padStart(15, '0')}`;
}

function side(instrument: SimInstrument, levels: readonly number[]): string {
  const rows: string[] = [];
  for (let i = 0; i < levels.length; i += 2) {
    const price = instrument.priceText(levels[i] as number);
    rows.push(`["${price}","${instrument.sizeText(levels[i + 1] as number)}"]`);
  }
  return `[${rows.join()}]`;
}

function quoteStream(key: string, instrument: SimInstrument, head: string): SimStream {
  return {
    kind: 'quote',
    key,
    instrument,
    encode: ({ id, tsUs, bidTicks, bidLots, askTicks, askLots }, nowUs) => {
      const asks = side(instrument, [askTicks, askLots]);
      const bids = side(instrument, [bidTicks, bidLots]);
      const book =
        `[{"asks":${asks},"bids":${bids},"checksum":0,"seq":${sequenceText(id)}` +
        `,"ts":"${ms(tsUs)}"}]`;
      return frame(head, book, nowUs);
    },
  };
}

function bookStream(
  key: string,
  instrument: SimInstrument,
  snapshotHead: string,
  updateHead: string,
): SimStream {
  const top = new SimTopBook(BOOK_DEPTH);
  /** Of the last frame: the next one follows it. */
  let lastId = 0;
  const book = (
    { bids, asks }: { readonly bids: readonly number[]; readonly asks: readonly number[] },
    previousId: number | undefined,
    tsUs: number,
  ) => {
    const previous = previousId === undefined ? '0' : sequenceText(previousId);
    return (
      `[{"asks":${side(instrument, asks)},"bids":${side(instrument, bids)},"checksum":0` +
      `,"seq":${sequenceText(lastId)},"pseq":${previous},"ts":"${ms(tsUs)}"}]`
    );
  };
  return {
    kind: 'depth',
    key,
    instrument,
    intervalUs: BOOK_INTERVAL_US,
    encode: (event, nowUs) => {
      const changes = top.update(event.book);
      // Changes below the depth are none here.
      if (changes.bids.length + changes.asks.length === 0) return undefined;
      const previousId = lastId;
      lastId = event.lastId;
      return frame(updateHead, book(changes, previousId, event.tsUs), nowUs);
    },
    snapshot: (whole, nowUs) => {
      // Only where nobody listened in between is there anything to move on to.
      const changes = top.update(whole);
      if (changes.bids.length + changes.asks.length > 0) lastId = whole.id;
      return frame(snapshotHead, book(top.levels, undefined, nowUs), nowUs);
    },
  };
}

function tickerRow(instrument: SimInstrument, market: Market, nowUs: number): string {
  const { price, tick, venueSymbol } = instrument.listing;
  const second = Math.floor(nowUs / US_PER_SECOND);
  const off = ((mix32(instrument.index ^ second) % 2000) - 1000) / 1e6;
  const ticks = Math.max(2, Math.round((price / (tick.units / 10 ** tick.decimals)) * (1 + off)));
  const last = instrument.priceText(ticks);
  const common = { instId: venueSymbol, lastPr: last, ts: String(ms(nowUs)) };
  if (market === 'spot') return JSON.stringify(common);
  const hour = Math.floor(second / 3600);
  return JSON.stringify({
    ...common,
    markPrice: last,
    indexPrice: instrument.priceText(ticks - 1),
    fundingRate: ((mix32(hour) % 200) / 1e6 - 0.00005).toFixed(6),
    nextFundingTime: String(ms((Math.floor(nowUs / FUNDING_US) + 1) * FUNDING_US)),
    holdingAmount: String(50_000 + (mix32(second >> 2) % 1000)),
    deliveryPrice: '0',
  });
}
