/**
 * Coinbase's Exchange feed as the embedded exchange speaks it: subscribing and limits here,
 * channels in `sim-streams.ts`, REST in `sim-rest.ts`.
 */
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
  SimStream,
  SimTrade,
} from '../sim-contract.ts';
import { CATALOGUE } from './catalogue.ts';
import { SimRest } from './sim-rest.ts';
import {
  bookStream,
  heartbeatStream,
  matchStream,
  matchText,
  tickerStream,
} from './sim-streams.ts';

const MAJORS: ReadonlySet<string> = new Set(['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'ADA']);
const STREAMS: Readonly<Record<string, (instrument: SimInstrument) => SimStream>> = {
  matches: matchStream,
  ticker: tickerStream,
  level2_batch: bookStream,
  heartbeat: heartbeatStream,
};

const COINBASE: SimDialect = {
  feed: 'coinbase',
  listings: CATALOGUE.map(listing),
  limits: {
    framesPerSecond: 100,
    streamsPerConnection: 1000,
    connectionLifeUs: Number.POSITIVE_INFINITY,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: Number.POSITIVE_INFINITY,
    restWeightPerMinute: 600,
  },
  timeUnitUs: 1,
  idJumpMax: 1,
  tape: 'trade',
  fills: ({ idBase }, { number, lots }) => [{ tradeId: idBase + number, lots }],
  tradeNumber: ({ idBase }, tradeId) => Number(tradeId) - idBase,
  create: createFeed,
};

export const dialects: readonly SimDialect[] = [COINBASE];

function listing(symbol: string): SimListing {
  const [base = '', quote = ''] = symbol.split('/');
  const market = listMarket(base, quote, 'spot', `${base}-${quote}`);
  return { ...market, isMajor: quote === 'USD' && MAJORS.has(base) };
}

function createFeed(host: SimHost): SimFeed {
  const rest = new SimRest(host);
  const shared: Shared = {
    byProduct: new Map(host.instruments.map((each) => [each.listing.venueSymbol, each])),
    streams: new Map(),
    firstShown: new Map(),
  };
  return {
    hasSocketAt: (path) => path === '/',
    connect: (connection) => new CoinbaseClient(connection, shared),
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    restRefusal: (seconds) => rest.refusal(seconds),
  };
}

/** What all clients of the feed share. */
interface Shared {
  readonly byProduct: ReadonlyMap<string, SimInstrument>;
  readonly streams: Map<string, SimStream>;
  /** Number of the first match anybody could see: the product's tape begins with it. */
  readonly firstShown: Map<SimInstrument, number>;
}

class CoinbaseClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #shared: Shared;
  /** Products by channel, in the order they came. */
  readonly #subscribed = new Map<string, Set<string>>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(connection: SimConnection, shared: Shared) {
    this.#connection = connection;
    this.#shared = shared;
  }

  receive(frame: SimFrame): void {
    const request = parse(frame);
    const type = request?.type;
    if (request === undefined || (type !== 'subscribe' && type !== 'unsubscribe')) {
      this.#refuse('Failed to parse', 'Malformed JSON');
      return;
    }
    const wanted = readChannels(request);
    if (wanted.length === 0) {
      this.#refuse('Failed to subscribe', 'No channels provided');
      return;
    }
    // One wrong name, and nothing of the frame is done.
    for (const { channel, product } of wanted) {
      if (STREAMS[channel] === undefined) {
        this.#refuse('Failed to subscribe', `${channel} is not a valid channel`);
        return;
      }
      if (!this.#shared.byProduct.has(product)) {
        this.#refuse('Failed to subscribe', `${product} is not a valid product`);
        return;
      }
    }
    for (const each of wanted) this.#change(type, each);
    this.#connection.reply(this.#subscriptions());
    for (const { channel, product } of wanted) {
      if (type === 'subscribe' && channel === 'matches') this.#sendLastMatch(product);
    }
  }

  #change(type: string, { channel, product }: Wanted): void {
    const key = `${channel} ${product}`;
    const { byProduct, streams } = this.#shared;
    let products = this.#subscribed.get(channel);
    if (products === undefined) {
      products = new Set();
      this.#subscribed.set(channel, products);
    }
    if (type === 'unsubscribe') {
      products.delete(product);
      this.#connection.unsubscribe(key);
      return;
    }
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = STREAMS[channel]?.(byProduct.get(product) as SimInstrument) as SimStream;
      streams.set(key, stream);
    }
    products.add(product);
    this.#connection.subscribe(stream);
  }

  /** The newest match, once there was one. */
  #sendLastMatch(product: string): void {
    const { byProduct, firstShown } = this.#shared;
    const instrument = byProduct.get(product) as SimInstrument;
    const newest = instrument.newestTrade();
    const first = firstShown.get(instrument);
    if (first === undefined) firstShown.set(instrument, newest + 1);
    if (first === undefined || newest < first) return;
    instrument.readTrade(newest, this.#trade);
    this.#connection.data(matchText(instrument, 'last_match', this.#trade));
  }

  #subscriptions(): string {
    const channels = [...this.#subscribed]
      .filter(([, products]) => products.size > 0)
      .map(([name, products]) => ({ name, product_ids: [...products] }));
    return JSON.stringify({ type: 'subscriptions', channels });
  }

  #refuse(message: string, reason: string): void {
    this.#connection.reply(JSON.stringify({ type: 'error', message, reason }));
  }
}

interface Wanted {
  readonly channel: string;
  readonly product: string;
}

/** `channels` are names, or objects with products of their own. */
function readChannels(request: Record<string, unknown>): Wanted[] {
  const { product_ids: common = [], channels } = request;
  if (!Array.isArray(channels) || !Array.isArray(common)) return [];
  const wanted: Wanted[] = [];
  for (const each of channels) {
    const own = typeof each === 'object' && each !== null ? each : { name: each };
    const { name, product_ids: products = common } = own as Record<string, unknown>;
    if (typeof name !== 'string' || !Array.isArray(products)) return [];
    for (const product of products) wanted.push({ channel: name, product: String(product) });
  }
  return wanted;
}

function parse(frame: SimFrame): Record<string, unknown> | undefined {
  if (typeof frame !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(frame);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
