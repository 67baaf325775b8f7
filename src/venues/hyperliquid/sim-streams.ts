/**
 * The streams of Hyperliquid as the embedded exchange sends them, in the shape of the venue's
 * documents of 2026 and of a recording of 2025. What does not change in a stream is made once.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { mix32 } from '../../base/prng.ts';
import type {
  SimBook,
  SimDepth,
  SimInstrument,
  SimQuote,
  SimStream,
  SimTrade,
  SimTradeIds,
} from '../sim-contract.ts';

const FAST_LEVELS = 5;
const FAST_INTERVAL_US = US_PER_SECOND / 2;
const SLOW_LEVELS = 20;
const SLOW_INTERVAL_US = 5 * US_PER_SECOND;
const CONTEXT_INTERVAL_US = US_PER_SECOND;
/** Ids of neighbouring trades lie apart by up to this: only their order is the trades'. */
const ID_SPREAD = 1000;
const HOURLY_FUNDING = '0.0000125';
const BUYER = '0xe9ed7e16612d676df804f5aecd16e1f9bf9ec9dd';
const SELLER = '0x6802b4267f7f2bf7003dcf993c51542245b38329';

export function tidOf({ idBase }: SimTradeIds, number: number): number {
  return idBase + number * ID_SPREAD + (mix32(number) % ID_SPREAD);
}

export function numberOfTid({ idBase }: SimTradeIds, tid: number): number {
  return Math.floor((tid - idBase) / ID_SPREAD);
}

/** A row of `trades` and of `recentTrades`. */
export function tradeRow(instrument: SimInstrument, trade: SimTrade): string {
  const { venueSymbol } = instrument.listing;
  const tid = tidOf(instrument, trade.number);
  const hash = tid.toString(16).padStart(64, '0');
  return (
    `{"coin":"${venueSymbol}","side":"${trade.isSell ? 'A' : 'B'}"` +
    `,"px":"${priceText(instrument, trade.ticks)}","sz":"${instrument.sizeText(trade.lots)}"` +
    `,"time":${trade.tsUs / US_PER_MS},"hash":"0x${hash}","tid":${tid}` +
    `,"users":["${BUYER}","${SELLER}"]}`
  );
}

/** What a subscription asks for, once it is known to be a stream there is. */
export interface Asked {
  readonly type: string;
  readonly coin: string;
  readonly isFast: boolean;
}

export class SimStreams {
  readonly #byCoin = new Map<string, SimInstrument>();
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[]) {
    for (const each of instruments) this.#byCoin.set(each.listing.venueSymbol, each);
  }

  instrument(coin: string): SimInstrument | undefined {
    return this.#byCoin.get(coin);
  }

  key({ type, coin, isFast }: Asked): string {
    return `${type}:${coin}${isFast ? ':fast' : ''}`;
  }

  find(asked: Asked): SimStream | undefined {
    const key = this.key(asked);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const instrument = this.#byCoin.get(asked.coin);
    if (instrument === undefined) return undefined;
    const stream = create(asked, key, instrument);
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }
}

function create(asked: Asked, key: string, instrument: SimInstrument): SimStream | undefined {
  switch (asked.type) {
    case 'trades': {
      const encode = (trade: SimTrade) =>
        `{"channel":"trades","data":[${tradeRow(instrument, trade)}]}`;
      return { kind: 'trade', key, instrument, encode };
    }
    case 'bbo': {
      const encode = (quote: SimQuote) => quoteFrame(instrument, quote);
      return { kind: 'quote', key, instrument, encode };
    }
    case 'l2Book': {
      const levels = asked.isFast ? FAST_LEVELS : SLOW_LEVELS;
      const intervalUs = asked.isFast ? FAST_INTERVAL_US : SLOW_INTERVAL_US;
      const encode = ({ tsUs, book }: SimDepth) =>
        bookFrame(instrument, tsUs, sidesOf(instrument, book, levels), asked.isFast);
      return { kind: 'depth', key, instrument, intervalUs, encode };
    }
    case 'activeAssetCtx':
      return contextStream(key, instrument);
    default:
      return undefined;
  }
}

/** The book as it is now: a subscription to one begins with it. */
export function firstBook(instrument: SimInstrument, isFast: boolean): string {
  const { tsUs, bids, asks } = instrument.snapshot();
  const count = 2 * (isFast ? FAST_LEVELS : SLOW_LEVELS);
  const sides = [bids, asks].map((side) => {
    const rows: string[] = [];
    for (let i = 0; i < Math.min(side.length, count); i += 2) {
      rows.push(levelText(instrument, side[i] as number, side[i + 1] as number));
    }
    return `[${rows.join(',')}]`;
  });
  return bookFrame(instrument, tsUs, sides.join(','), isFast);
}

function bookFrame(
  instrument: SimInstrument,
  tsUs: number,
  sides: string,
  isFast: boolean,
): string {
  const { venueSymbol } = instrument.listing;
  const fast = isFast ? ',"fast":true' : '';
  const head = `{"channel":"l2Book","data":{"coin":"${venueSymbol}","time":${ms(tsUs)}`;
  return `${head},"levels":[${sides}]${fast}}}`;
}

function sidesOf(instrument: SimInstrument, book: SimBook, levels: number): string {
  const bids: string[] = [];
  const asks: string[] = [];
  for (let i = 0; i < Math.min(levels, book.bidCount); i += 1) {
    bids.push(levelText(instrument, book.bidTicks(i), book.bidLots(i)));
  }
  for (let i = 0; i < Math.min(levels, book.askCount); i += 1) {
    asks.push(levelText(instrument, book.askTicks(i), book.askLots(i)));
  }
  return `[${bids.join(',')}],[${asks.join(',')}]`;
}

function quoteFrame(instrument: SimInstrument, quote: SimQuote): string {
  const bid = levelText(instrument, quote.bidTicks, quote.bidLots);
  const ask = levelText(instrument, quote.askTicks, quote.askLots);
  const { venueSymbol } = instrument.listing;
  return (
    `{"channel":"bbo","data":{"coin":"${venueSymbol}","time":${ms(quote.tsUs)}` +
    `,"bbo":[${bid},${ask}]}}`
  );
}

/** Perpetuals and spot pairs answer to the same subscription on channels of different names. */
function contextStream(key: string, instrument: SimInstrument): SimStream {
  const { venueSymbol, marketType } = instrument.listing;
  const encode = () => {
    const { bids } = instrument.snapshot();
    const price = priceText(instrument, bids[0] as number);
    const day = `"prevDayPx":"${price}","dayNtlVlm":"387891.57","dayBaseVlm":"79000.1"`;
    const marks = `"markPx":"${price}","midPx":"${price}"`;
    if (marketType === 'spot') {
      const supply = `"circulatingSupply":"1000000.0","coin":"${venueSymbol}"`;
      const context = `{${day},${marks},${supply}}`;
      return `{"channel":"activeSpotAssetCtx","data":{"coin":"${venueSymbol}","ctx":${context}}}`;
    }
    const context =
      `{"funding":"${HOURLY_FUNDING}","openInterest":"231067.2",${day},"premium":null` +
      `,"oraclePx":"${price}",${marks},"impactPxs":null}`;
    return `{"channel":"activeAssetCtx","data":{"coin":"${venueSymbol}","ctx":${context}}}`;
  };
  // Of no instrument: a context alone makes no trades.
  const intervalUs = CONTEXT_INTERVAL_US;
  return { kind: 'timer', key, instrument: undefined, intervalUs, encode };
}

function levelText(instrument: SimInstrument, ticks: number, lots: number): string {
  const price = priceText(instrument, ticks);
  return `{"px":"${price}","sz":"${instrument.sizeText(lots)}","n":${1 + (lots % 17)}}`;
}

/** Whole prices are written with a point. */
function priceText(instrument: SimInstrument, ticks: number): string {
  const text = instrument.priceText(ticks);
  return text.includes('.') ? text : `${text}.0`;
}

function ms(tsUs: number): number {
  return Math.floor(tsUs / US_PER_MS);
}
