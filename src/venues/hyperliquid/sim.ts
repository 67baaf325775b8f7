/**
 * Hyperliquid as the embedded exchange speaks it: subscribing and its refusals here, streams in
 * `sim-streams.ts`, REST in `sim-rest.ts`. Written from the same documents as the decoders and from
 * none of their code, so that the two check each other.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import { listMarket } from '../kit/sim-coins.ts';
import type {
  SimClient,
  SimConnection,
  SimDialect,
  SimFeed,
  SimFrame,
  SimHost,
  SimInstrument,
  SimListing,
  SimTrade,
} from '../sim-contract.ts';
import { PERP_NAMES, PERP_QUOTE, SPOT_PAIRS } from './catalogue.ts';
import { parse, SimRest } from './sim-rest.ts';
import { type Asked, firstBook, numberOfTid, SimStreams, tidOf, tradeRow } from './sim-streams.ts';

const SUBSCRIPTIONS_MAX = 1000;
/** Old trades that a subscription begins with, as recorded from the venue. */
const BACKLOG_TRADES = 30;
/** Prices have at most this many significant digits. */
const PRICE_DIGITS = 5;
const MAJORS: ReadonlySet<string> = new Set(['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'HYPE']);
/** Digits behind the point of a size; 0 for any other coin. */
const SIZE_DECIMALS: Readonly<Record<string, number>> = {
  BTC: 5,
  UBTC: 5,
  ETH: 4,
  UETH: 4,
  BNB: 3,
  SOL: 2,
  USOL: 3,
  HYPE: 2,
  AVAX: 2,
  ATOM: 2,
  LTC: 2,
  BCH: 3,
  AAVE: 2,
  XAUT0: 4,
};
/** What a unit of a bridged coin is worth is what the coin is. */
const UNITS: Readonly<Record<string, string>> = { UBTC: 'BTC', UETH: 'ETH', USOL: 'SOL' };

const HYPERLIQUID: SimDialect = {
  feed: 'hyperliquid',
  listings: listAll(),
  limits: {
    // 2000 a minute at the venue, which a client may spend in a few seconds.
    framesPerSecond: 200,
    streamsPerConnection: SUBSCRIPTIONS_MAX,
    connectionLifeUs: Number.POSITIVE_INFINITY,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: 60 * US_PER_SECOND,
    restWeightPerMinute: 1200,
  },
  timeUnitUs: 1000,
  idJumpMax: 1,
  tape: 'trade',
  fills: (ids, trade) => [{ tradeId: String(tidOf(ids, trade.number)), lots: trade.lots }],
  tradeNumber: (ids, tradeId) => numberOfTid(ids, Number(tradeId)),
  create: createFeed,
};

export const dialects: readonly SimDialect[] = [HYPERLIQUID];

function listAll(): SimListing[] {
  const perps = PERP_NAMES.map((name) => list(name, PERP_QUOTE, 'perp', name));
  const pairs = SPOT_PAIRS.map(({ coin, base, quote }) => list(base, quote, 'spot', coin));
  return [...perps, ...pairs];
}

/** Steps by the venue's rule: five digits of price, and of decimals a limit less the size's. */
function list(
  base: string,
  quote: string,
  marketType: 'perp' | 'spot',
  venueSymbol: string,
): SimListing {
  const { price } = listMarket(UNITS[base] ?? base, quote, marketType, venueSymbol);
  const lotDecimals = SIZE_DECIMALS[base] ?? 0;
  const decimalsMax = (marketType === 'perp' ? 6 : 8) - lotDecimals;
  const wholeDigits = Math.floor(Math.log10(price)) + 1;
  const tickDecimals = Math.max(0, Math.min(decimalsMax, PRICE_DIGITS - wholeDigits));
  return {
    symbol: `${base}/${quote}`,
    marketType,
    venueSymbol,
    base,
    quote,
    price: Math.max(price, 100 / 10 ** tickDecimals),
    tick: { units: 1, decimals: tickDecimals },
    lot: { units: 1, decimals: lotDecimals },
    isMajor: marketType === 'perp' && MAJORS.has(base),
  };
}

function createFeed(host: SimHost): SimFeed {
  const streams = new SimStreams(host.instruments);
  const rest = new SimRest(host);
  const tape = new Backlog();
  return {
    hasSocketAt: (path) => path === '/ws',
    connect: (connection) => new HyperliquidClient(connection, streams, tape),
    restWeight: (request) => rest.weight(request),
    rest: (request) => rest.answer(request),
    restRefusal: (seconds) => rest.refusal(seconds),
  };
}

/** Old trades by instrument: none from before anyone took the stream, as these are no truth. */
class Backlog {
  readonly #firstShown = new Map<SimInstrument, number>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  /** Oldest first, as recorded; undefined when there is none. */
  frame(instrument: SimInstrument): string | undefined {
    const newest = instrument.newestTrade();
    const first = this.#firstShown.get(instrument) ?? newest + 1;
    this.#firstShown.set(instrument, first);
    const rows: string[] = [];
    for (let n = Math.max(first, newest - BACKLOG_TRADES + 1); n <= newest; n += 1) {
      instrument.readTrade(n, this.#trade);
      rows.push(tradeRow(instrument, this.#trade));
    }
    return rows.length === 0 ? undefined : `{"channel":"trades","data":[${rows.join(',')}]}`;
  }
}

class HyperliquidClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  readonly #backlog: Backlog;
  readonly #keys = new Set<string>();

  constructor(connection: SimConnection, streams: SimStreams, backlog: Backlog) {
    this.#connection = connection;
    this.#streams = streams;
    this.#backlog = backlog;
    connection.reply('Websocket connection established.');
  }

  receive(frame: SimFrame): void {
    const text = typeof frame === 'string' ? frame : '';
    const request = parse(text);
    if (request?.method === 'ping') {
      this.#connection.reply('{"channel":"pong"}');
      return;
    }
    const asked = readAsked(request?.subscription);
    if (request?.method === 'subscribe' && asked !== undefined) this.#subscribe(asked, text);
    else if (request?.method === 'unsubscribe' && asked !== undefined) this.#unsubscribe(asked);
    else this.#refuse(text);
  }

  #subscribe(asked: Asked, text: string): void {
    const stream = this.#streams.find(asked);
    const instrument = this.#streams.instrument(asked.coin);
    if (stream === undefined || instrument === undefined) {
      this.#refuse(text);
      return;
    }
    if (this.#keys.has(stream.key)) {
      this.#error(`Already subscribed: ${JSON.stringify(describe(asked))}`);
      return;
    }
    if (this.#keys.size >= SUBSCRIPTIONS_MAX) {
      this.#error('Cannot track more than 1000 total subscriptions.');
      return;
    }
    this.#acknowledge('subscribe', asked);
    this.#keys.add(stream.key);
    const old = asked.type === 'trades' ? this.#backlog.frame(instrument) : undefined;
    this.#connection.subscribe(stream);
    if (old !== undefined) this.#connection.data(old);
    if (asked.type === 'l2Book') this.#connection.data(firstBook(instrument, asked.isFast));
  }

  #unsubscribe(asked: Asked): void {
    const key = this.#streams.key(asked);
    if (!this.#keys.delete(key)) {
      this.#error(`Already unsubscribed: ${JSON.stringify(describe(asked))}`);
      return;
    }
    this.#connection.unsubscribe(key);
    this.#acknowledge('unsubscribe', asked);
  }

  #acknowledge(method: string, asked: Asked): void {
    const data = { method, subscription: describe(asked) };
    this.#connection.reply(JSON.stringify({ channel: 'subscriptionResponse', data }));
  }

  #refuse(request: string): void {
    this.#error(`Error parsing JSON into valid websocket request: ${request}`);
  }

  #error(data: string): void {
    this.#connection.reply(JSON.stringify({ channel: 'error', data }));
  }
}

/** A subscription as the venue echoes it: with what the request left out. */
function describe({ type, coin, isFast }: Asked): object {
  if (type !== 'l2Book') return { type, coin };
  return { type, coin, nSigFigs: null, mantissa: null, fast: isFast };
}

function readAsked(value: unknown): Asked | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, coin, fast } = value as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof coin !== 'string') return undefined;
  return { type, coin, isFast: type === 'l2Book' && fast === true };
}
