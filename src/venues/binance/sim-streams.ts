/**
 * The streams of Binance as the embedded exchange sends them: names and payloads, byte for byte in
 * the shape of the venue's documents of 2026. What does not change in a stream is made once.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { SimDepth, SimInstrument, SimStream, SimTrade } from '../sim-contract.ts';
import { liquidationStream, markPriceStream } from './sim-derivative.ts';
import { nameOf, priceOf, type SimFlavour, type SimNaming, sizeOf } from './sim-flavour.ts';

const NAME = /^([^@]+)@(trade|aggTrade|bookTicker|depth|markPrice|forceOrder)(?:@(\d+m?s))?$/;
const DEPTH_SPEEDS_MS: Readonly<Record<string, number>> = {
  '0ms': 0,
  '100ms': 100,
  '1000ms': 1000,
};
const FUTURES_SPEEDS_MS: Readonly<Record<string, number>> = {
  '0ms': 0,
  '100ms': 100,
  '500ms': 500,
};
const MARK_SPEEDS_MS: Readonly<Record<string, number>> = { '1s': 1000, '3s': 3000 };
/** Kinds the futures serve on `public`; `trade` is not documented there, but comes. */
const PUBLIC = /@(?:trade|bookTicker|depth)(?:@|$)/;

/** What stands around a payload: nothing, or the combined form's wrapper. */
interface Frame {
  readonly key: string;
  readonly head: string;
  readonly tail: string;
}

export class SimStreams {
  readonly #flavour: SimFlavour;
  readonly #byName = new Map<string, SimNaming>();
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[], flavour: SimFlavour) {
    this.#flavour = flavour;
    for (const instrument of instruments) {
      const { venueSymbol } = instrument.listing;
      this.#byName.set(venueSymbol.toLowerCase(), nameOf(instrument, flavour));
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
    if (naming === undefined) return undefined;
    const head = isCombined ? `{"stream":"${name}","data":` : '';
    const stream = this.#create(naming, kind, speed, { key, head, tail: isCombined ? '}' : '' });
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }

  /** Which of the futures' endpoints carries it. */
  route(stream: SimStream): 'public' | 'market' {
    return PUBLIC.test(stream.key) ? 'public' : 'market';
  }

  #create(
    naming: SimNaming,
    kind: string,
    speed: string | undefined,
    frame: Frame,
  ): SimStream | undefined {
    const { instrument } = naming;
    const { isFutures } = this.#flavour;
    if (kind === 'depth') {
      const speeds = isFutures ? FUTURES_SPEEDS_MS : DEPTH_SPEEDS_MS;
      const intervalMs = speed === undefined ? (isFutures ? 250 : 1000) : speeds[speed];
      if (intervalMs === undefined) return undefined;
      return depthStream(naming, this.#flavour, frame, intervalMs * US_PER_MS);
    }
    if (kind === 'markPrice' && isFutures) {
      const intervalMs = MARK_SPEEDS_MS[speed ?? '3s'];
      if (intervalMs === undefined) return undefined;
      return markPriceStream(naming, this.#flavour, frame, intervalMs * US_PER_MS);
    }
    if (speed !== undefined) return undefined;
    if (kind === 'bookTicker') return quoteStream(naming, this.#flavour, frame);
    if (kind === 'forceOrder' && isFutures) return liquidationStream(naming, this.#flavour, frame);
    if (kind !== 'trade' && kind !== 'aggTrade') return undefined;
    const encode =
      kind === 'aggTrade'
        ? aggTradeEncoder(naming, this.#flavour, frame)
        : isFutures
          ? fillsEncoder(naming, this.#flavour, frame)
          : tradeEncoder(naming, frame);
    return { kind: 'trade', key: frame.key, instrument, encode };
  }
}

type TradeEncoder = (trade: SimTrade, nowUs: number) => string;

/** When the venue pushed an event: never before it happened. */
function pushedMs(tsUs: number, nowUs: number): number {
  return Math.floor(Math.max(nowUs, tsUs) / US_PER_MS);
}

function tradeEncoder(naming: SimNaming, { head, tail }: Frame): TradeEncoder {
  const { instrument, symbol } = naming;
  const start = `${head}{"e":"trade","E":`;
  const middle = `,"s":"${symbol}","t":`;
  const end = `,"M":true}${tail}`;
  return (trade, nowUs) =>
    `${start}${pushedMs(trade.tsUs, nowUs)}${middle}${instrument.idBase + trade.number}` +
    `,"p":"${priceOf(naming, trade.ticks)}","q":"${sizeOf(naming, trade.lots)}"` +
    `,"T":${trade.tsUs / US_PER_MS},"m":${trade.isSell}${end}`;
}

function aggTradeEncoder(naming: SimNaming, flavour: SimFlavour, frame: Frame): TradeEncoder {
  const { instrument, symbol } = naming;
  const { isFutures, isInverse, settlement } = flavour;
  const start = `${frame.head}{"e":"aggTrade","E":`;
  const end = isFutures ? `,"st":${settlement}}` : ',"M":true}';
  return (trade, nowUs) => {
    const id = instrument.idBase + trade.number;
    const size = sizeOf(naming, trade.lots);
    const ids = isFutures ? `"f":${2 * id},"l":${2 * id + 1}` : `"f":${id},"l":${id}`;
    const names = isFutures ? `"a":${id},"s":"${symbol}"` : `"s":"${symbol}","a":${id}`;
    // Orders hidden from the API (RPI) make no part of sizes here, so both quantities are equal.
    const retail = isFutures && !isInverse ? `,"nq":"${size}"` : '';
    return (
      `${start}${pushedMs(trade.tsUs, nowUs)},${names}` +
      `,"p":"${priceOf(naming, trade.ticks)}","q":"${size}"${retail},${ids}` +
      `,"T":${trade.tsUs / US_PER_MS},"m":${trade.isSell}${end}${frame.tail}`
    );
  };
}

/** The futures' undocumented `trade`: the two fills of an aggregate, one frame each. */
function fillsEncoder(
  naming: SimNaming,
  { settlement }: SimFlavour,
  { head, tail }: Frame,
): (trade: SimTrade, nowUs: number) => readonly string[] {
  const { instrument, symbol } = naming;
  const start = `${head}{"e":"trade","E":`;
  return (trade, nowUs) => {
    const id = 2 * (instrument.idBase + trade.number);
    const first = Math.floor(trade.lots / 2);
    const times = `${pushedMs(trade.tsUs, nowUs)},"T":${trade.tsUs / US_PER_MS}`;
    const stamp = `${start}${times},"s":"${symbol}","t":`;
    const price = `,"p":"${priceOf(naming, trade.ticks)}","q":"`;
    const end = `","X":"MARKET","m":${trade.isSell},"st":${settlement}}${tail}`;
    return [
      `${stamp}${id}${price}${sizeOf(naming, first)}${end}`,
      `${stamp}${id + 1}${price}${sizeOf(naming, trade.lots - first)}${end}`,
    ];
  };
}

function quoteStream(
  naming: SimNaming,
  { isFutures, settlement }: SimFlavour,
  { key, head, tail }: Frame,
): SimStream {
  const { instrument, symbol, pair } = naming;
  // Only the futures' says what it is and when it was.
  const start = isFutures ? `${head}{"e":"bookTicker","u":` : `${head}{"u":`;
  const end = isFutures ? `,"st":${settlement},"ps":"${pair}"}${tail}` : `}${tail}`;
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
        `,"b":"${priceOf(naming, quote.bidTicks)}","B":"${sizeOf(naming, quote.bidLots)}"` +
        `,"a":"${priceOf(naming, quote.askTicks)}","A":"${sizeOf(naming, quote.askLots)}"${end}`
      );
    },
  };
}

function depthStream(
  naming: SimNaming,
  { isFutures, settlement }: SimFlavour,
  { key, head, tail }: Frame,
  intervalUs: number,
): SimStream {
  const { instrument, symbol, pair } = naming;
  const start = `${head}{"e":"depthUpdate","E":`;
  const encode = (depth: SimDepth, nowUs: number): string => {
    const ms = pushedMs(depth.tsUs, nowUs);
    const engineMs = Math.floor(depth.tsUs / US_PER_MS);
    const names = isFutures
      ? `,"T":${engineMs},"s":"${symbol}","ps":"${pair}","st":${settlement}`
      : `,"s":"${symbol}"`;
    const previous = isFutures ? `,"pu":${depth.previousId}` : '';
    const bids = levels(naming, depth.bidTicks, depth.bidLots);
    const asks = levels(naming, depth.askTicks, depth.askLots);
    const ids = `"U":${depth.firstId},"u":${depth.lastId}${previous}`;
    return `${start}${ms}${names},${ids},"b":[${bids}],"a":[${asks}]}${tail}`;
  };
  return { kind: 'depth', key, instrument, intervalUs, encode };
}

function levels(naming: SimNaming, ticks: readonly number[], lots: readonly number[]): string {
  let text = '';
  for (let i = 0; i < ticks.length; i += 1) {
    const price = priceOf(naming, ticks[i] as number);
    const size = sizeOf(naming, lots[i] as number);
    text += `${i === 0 ? '' : ','}["${price}","${size}"]`;
  }
  return text;
}
