/**
 * The streams of Binance as the embedded exchange sends them: names and payloads, byte for byte in
 * the shape of the venue's documents of 2026. What does not change in a stream is made once.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { SimDepth, SimInstrument, SimStream, SimTrade } from '../sim-contract.ts';

/** Spot writes all decimals with eight digits after the point. */
const SPOT_DECIMALS = 8;
const NAME = /^([^@]+)@(trade|aggTrade|bookTicker|depth)(?:@(\d+)ms)?$/;
const DEPTH_SPEEDS_MS: Readonly<Record<string, number>> = { '0': 0, '100': 100, '1000': 1000 };
const FUTURES_SPEEDS_MS: Readonly<Record<string, number>> = { '0': 0, '100': 100, '500': 500 };

/** Texts of an instrument that stand in its frames. */
interface Naming {
  readonly instrument: SimInstrument;
  readonly symbol: string;
  /** Zeros that fill prices and sizes up to the venue's digits. */
  readonly pricePad: string;
  readonly sizePad: string;
}

export class SimStreams {
  readonly #isFutures: boolean;
  readonly #byName = new Map<string, Naming>();
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[], isFutures: boolean) {
    this.#isFutures = isFutures;
    for (const instrument of instruments) {
      const { venueSymbol } = instrument.listing;
      this.#byName.set(venueSymbol.toLowerCase(), createNaming(instrument, isFutures));
    }
  }

  /** Unique for the stream in its flavour; raw payloads and combined ones are two streams. */
  key(name: string, isCombined: boolean): string {
    return isCombined ? name : `raw ${name}`;
  }

  /** The stream of that name, or undefined when there is none. */
  find(name: string, isCombined: boolean): SimStream | undefined {
    const key = this.key(name, isCombined);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const [, symbol = '', kind = '', speed] = NAME.exec(name) ?? [];
    const naming = this.#byName.get(symbol);
    if (naming === undefined || (speed !== undefined && kind !== 'depth')) return undefined;
    const head = isCombined ? `{"stream":"${name}","data":` : '';
    const stream = this.#create(naming, kind, speed, key, head, isCombined ? '}' : '');
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }

  /** Which of the futures' endpoints carries it: `trade` is not documented there, but comes. */
  route(stream: SimStream): 'public' | 'market' {
    return stream.key.endsWith('@aggTrade') ? 'market' : 'public';
  }

  #create(
    naming: Naming,
    kind: string,
    speed: string | undefined,
    key: string,
    head: string,
    tail: string,
  ): SimStream | undefined {
    const { instrument } = naming;
    const isFutures = this.#isFutures;
    if (kind === 'bookTicker') return quoteStream(naming, isFutures, key, head, tail);
    if (kind === 'depth') {
      const speeds = isFutures ? FUTURES_SPEEDS_MS : DEPTH_SPEEDS_MS;
      const intervalMs = speed === undefined ? (isFutures ? 250 : 1000) : speeds[speed];
      if (intervalMs === undefined) return undefined;
      return depthStream(naming, isFutures, key, head, tail, intervalMs * US_PER_MS);
    }
    const encode =
      kind === 'aggTrade'
        ? aggTradeEncoder(naming, isFutures, head, tail)
        : isFutures
          ? fillsEncoder(naming, head, tail)
          : tradeEncoder(naming, head, tail);
    return { kind: 'trade', key, instrument, encode };
  }
}

function createNaming(instrument: SimInstrument, isFutures: boolean): Naming {
  const { tick, lot, venueSymbol } = instrument.listing;
  return {
    instrument,
    symbol: venueSymbol,
    pricePad: isFutures ? '' : padding(tick.decimals),
    sizePad: isFutures ? '' : padding(lot.decimals),
  };
}

function padding(decimals: number): string {
  return (decimals === 0 ? '.' : '') + '0'.repeat(SPOT_DECIMALS - decimals);
}

type TradeEncoder = (trade: SimTrade, nowUs: number) => string;

/** When the venue pushed an event: never before it happened. */
function pushedMs(tsUs: number, nowUs: number): number {
  return Math.floor(Math.max(nowUs, tsUs) / US_PER_MS);
}

function tradeEncoder(naming: Naming, head: string, tail: string): TradeEncoder {
  const { instrument, symbol, pricePad, sizePad } = naming;
  const start = `${head}{"e":"trade","E":`;
  const middle = `,"s":"${symbol}","t":`;
  const end = `,"M":true}${tail}`;
  return (trade, nowUs) =>
    `${start}${pushedMs(trade.tsUs, nowUs)}${middle}${instrument.idBase + trade.number}` +
    `,"p":"${instrument.priceText(trade.ticks)}${pricePad}"` +
    `,"q":"${instrument.sizeText(trade.lots)}${sizePad}"` +
    `,"T":${trade.tsUs / US_PER_MS},"m":${trade.isSell}${end}`;
}

function aggTradeEncoder(
  naming: Naming,
  isFutures: boolean,
  head: string,
  tail: string,
): TradeEncoder {
  const { instrument, symbol, pricePad, sizePad } = naming;
  const start = `${head}{"e":"aggTrade","E":`;
  return (trade, nowUs) => {
    const id = instrument.idBase + trade.number;
    const size = `${instrument.sizeText(trade.lots)}${sizePad}`;
    const ids = isFutures ? `"f":${2 * id},"l":${2 * id + 1}` : `"f":${id},"l":${id}`;
    const names = isFutures ? `"a":${id},"s":"${symbol}"` : `"s":"${symbol}","a":${id}`;
    // Orders hidden from the API (RPI) make no part of sizes here, so both quantities are equal.
    const retail = isFutures ? `,"nq":"${size}"` : '';
    const end = isFutures ? ',"st":1}' : ',"M":true}';
    return (
      `${start}${pushedMs(trade.tsUs, nowUs)},${names}` +
      `,"p":"${instrument.priceText(trade.ticks)}${pricePad}","q":"${size}"${retail},${ids}` +
      `,"T":${trade.tsUs / US_PER_MS},"m":${trade.isSell}${end}${tail}`
    );
  };
}

/** The futures' undocumented `trade`: the two fills of an aggregate, one frame each. */
function fillsEncoder(
  naming: Naming,
  head: string,
  tail: string,
): (trade: SimTrade, nowUs: number) => readonly string[] {
  const { instrument, symbol } = naming;
  const start = `${head}{"e":"trade","E":`;
  return (trade, nowUs) => {
    const id = 2 * (instrument.idBase + trade.number);
    const first = Math.floor(trade.lots / 2);
    const times = `${pushedMs(trade.tsUs, nowUs)},"T":${trade.tsUs / US_PER_MS}`;
    const stamp = `${start}${times},"s":"${symbol}","t":`;
    const price = `,"p":"${instrument.priceText(trade.ticks)}","q":"`;
    const end = `","X":"MARKET","m":${trade.isSell},"st":1}${tail}`;
    return [
      `${stamp}${id}${price}${instrument.sizeText(first)}${end}`,
      `${stamp}${id + 1}${price}${instrument.sizeText(trade.lots - first)}${end}`,
    ];
  };
}

function quoteStream(
  naming: Naming,
  isFutures: boolean,
  key: string,
  head: string,
  tail: string,
): SimStream {
  const { instrument, symbol, pricePad, sizePad } = naming;
  // Only the futures' says what it is and when it was.
  const start = isFutures ? `${head}{"e":"bookTicker","u":` : `${head}{"u":`;
  const end = isFutures ? `,"st":1,"ps":"${symbol}"}${tail}` : `}${tail}`;
  return {
    kind: 'quote',
    key,
    instrument,
    encode: (quote, nowUs) => {
      const times = isFutures
        ? `,"E":${pushedMs(quote.tsUs, nowUs)},"T":${Math.floor(quote.tsUs / US_PER_MS)}`
        : '';
      return (
        `${start}${quote.id}${times},"s":"${symbol}"` +
        `,"b":"${instrument.priceText(quote.bidTicks)}${pricePad}"` +
        `,"B":"${instrument.sizeText(quote.bidLots)}${sizePad}"` +
        `,"a":"${instrument.priceText(quote.askTicks)}${pricePad}"` +
        `,"A":"${instrument.sizeText(quote.askLots)}${sizePad}"${end}`
      );
    },
  };
}

function depthStream(
  naming: Naming,
  isFutures: boolean,
  key: string,
  head: string,
  tail: string,
  intervalUs: number,
): SimStream {
  const { instrument, symbol } = naming;
  const start = `${head}{"e":"depthUpdate","E":`;
  const encode = (depth: SimDepth, nowUs: number): string => {
    const ms = pushedMs(depth.tsUs, nowUs);
    const names = isFutures
      ? `,"T":${Math.floor(depth.tsUs / US_PER_MS)},"s":"${symbol}","ps":"${symbol}","st":1`
      : `,"s":"${symbol}"`;
    const previous = isFutures ? `,"pu":${depth.previousId}` : '';
    const bids = levels(naming, depth.bidTicks, depth.bidLots);
    const asks = levels(naming, depth.askTicks, depth.askLots);
    const ids = `"U":${depth.firstId},"u":${depth.lastId}${previous}`;
    return `${start}${ms}${names},${ids},"b":[${bids}],"a":[${asks}]}${tail}`;
  };
  return { kind: 'depth', key, instrument, intervalUs, encode };
}

function levels(naming: Naming, ticks: readonly number[], lots: readonly number[]): string {
  const { instrument, pricePad, sizePad } = naming;
  let text = '';
  for (let i = 0; i < ticks.length; i += 1) {
    const price = instrument.priceText(ticks[i] as number);
    const size = instrument.sizeText(lots[i] as number);
    text += `${i === 0 ? '' : ','}["${price}${pricePad}","${size}${sizePad}"]`;
  }
  return text;
}
