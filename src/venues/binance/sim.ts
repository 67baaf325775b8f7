/**
 * Binance as the embedded exchange speaks it, all feeds: endpoints, subscribing and limits here,
 * streams in `sim-streams.ts`, REST in `sim-rest.ts`. Written from the same documents as the
 * decoders and from none of their code, so that the two check each other.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { listMarket } from '../kit/sim-coins.ts';
import type {
  SimClient,
  SimConnection,
  SimDialect,
  SimFeed,
  SimFill,
  SimFrame,
  SimHost,
  SimListing,
  SimTrade,
  SimTradeIds,
} from '../sim-contract.ts';
import { COINM_CATALOGUE, SPOT_CATALOGUE, USDM_CATALOGUE } from './catalogue.ts';
import { COINM_FLAVOUR, type SimFlavour, SPOT_FLAVOUR, USDM_FLAVOUR } from './sim-flavour.ts';
import { SimRest } from './sim-rest.ts';
import { SimStreams } from './sim-streams.ts';

const HOUR_US = 3600 * US_PER_SECOND;
/** Methods whose parameters are stream names. */
const NAMES_MAX = 1024;
/** Delivery of the quarterly contracts listed here. */
const DATE = '271231';
const INVALID_JSON = '{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}';

const SPOT: SimDialect = {
  feed: 'binance.spot',
  listings: listAll(SPOT_CATALOGUE.symbols, 'spot'),
  limits: {
    framesPerSecond: 5,
    streamsPerConnection: NAMES_MAX,
    connectionLifeUs: 24 * HOUR_US,
    pingEveryUs: 20 * US_PER_SECOND,
    pongWithinUs: 60 * US_PER_SECOND,
    restWeightPerMinute: 6000,
  },
  timeUnitUs: 1000,
  idJumpMax: 1,
  tape: 'trade',
  // Each trade is an aggregate of one, so that both tapes have the same ids.
  fills: ({ idBase }, trade) => [{ tradeId: idBase + trade.number, lots: trade.lots }],
  tradeNumber: ({ idBase }, tradeId) => Number(tradeId) - idBase,
  create: (host) => createFeed(host, SPOT_FLAVOUR),
};

const USDM: SimDialect = {
  feed: 'binance.usdm',
  listings: listAll(USDM_CATALOGUE.symbols, 'perp'),
  limits: {
    framesPerSecond: 10,
    streamsPerConnection: 200,
    connectionLifeUs: 24 * HOUR_US,
    // Every 3 minutes at the venue; sooner here, so that short tests see one.
    pingEveryUs: 20 * US_PER_SECOND,
    pongWithinUs: 600 * US_PER_SECOND,
    restWeightPerMinute: 2400,
  },
  timeUnitUs: 1000,
  idJumpMax: 40,
  tape: 'aggTrade',
  fills: futuresFills,
  tradeNumber: ({ idBase, tape }, tradeId) => {
    const id = Number(tradeId);
    return (tape === 'aggTrade' ? id : Math.floor(id / 2)) - idBase;
  },
  create: (host) => createFeed(host, USDM_FLAVOUR),
};

const COINM: SimDialect = {
  ...USDM,
  feed: 'binance.coinm',
  listings: [
    ...COINM_CATALOGUE.symbols.map((symbol) => listInverse(symbol)),
    ...[...COINM_CATALOGUE.dated].map((pair) => listInverse(`${pair.slice(0, -3)}/USD`, DATE)),
  ],
  create: (host) => createFeed(host, COINM_FLAVOUR),
};

export const dialects: readonly SimDialect[] = [SPOT, USDM, COINM];

/** Aggregate a is made of the fills 2a and 2a + 1, which share its size. */
function futuresFills(ids: SimTradeIds, trade: SimTrade): readonly SimFill[] {
  const id = ids.idBase + trade.number;
  if (ids.tape === 'aggTrade') return [{ tradeId: id, lots: trade.lots }];
  const first = Math.floor(trade.lots / 2);
  return [
    { tradeId: 2 * id, lots: first },
    { tradeId: 2 * id + 1, lots: trade.lots - first },
  ];
}

function listAll(symbols: readonly string[], marketType: 'spot' | 'perp'): SimListing[] {
  return symbols.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return listMarket(base, quote, marketType, `${base}${quote}`);
  });
}

/** A contract of 100 USD for BTC and of 10 USD for any other coin; a date makes it a quarterly. */
function listInverse(symbol: string, expiry?: string): SimListing {
  const [base = '', quote = ''] = symbol.split('/');
  const native = `${base}${quote}_${expiry ?? 'PERP'}`;
  const listing = listMarket(base, quote, 'perp', native);
  const inverseValue = base === 'BTC' ? 100 : 10;
  const units = Math.max(1, Math.round((inverseValue / listing.price) * 1e8));
  const asContracts = {
    ...listing,
    inverseValue,
    lot: { units, decimals: 8 },
    isMajor: expiry === undefined && (base === 'BTC' || base === 'ETH'),
  };
  if (expiry === undefined) return asContracts;
  return { ...asContracts, symbol: `${symbol}-${expiry}`, marketType: 'future' };
}

function createFeed(host: SimHost, flavour: SimFlavour): SimFeed {
  const streams = new SimStreams(host.instruments, flavour);
  const rest = new SimRest(host, flavour);
  const socketPath = flavour.isRouted ? /^\/(?:public|market)\/(?:ws|stream)/ : /^\/(?:ws|stream)/;
  return {
    hasSocketAt: (path) => socketPath.test(path),
    connect: (connection) => new BinanceClient(connection, streams, flavour),
    restWeight: (request) => rest.weight(request),
    rest: (request, usedWeight) => rest.answer(request, usedWeight),
    restRefusal: (seconds) => rest.refusal(seconds),
  };
}

class BinanceClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  /** `public` or `market` on the futures' endpoints; '' where one serves all. */
  readonly #route: string;
  readonly #names = new Set<string>();
  readonly #isFutures: boolean;
  #isCombined: boolean;

  constructor(connection: SimConnection, streams: SimStreams, flavour: SimFlavour) {
    this.#connection = connection;
    this.#streams = streams;
    this.#isFutures = flavour.isFutures;
    const parts = connection.path.split('/').slice(1);
    this.#route = flavour.isRouted ? (parts.shift() ?? '') : '';
    this.#isCombined = parts[0] === 'stream';
    const named = this.#isCombined
      ? (connection.query.get('streams') ?? '').split('/')
      : parts.slice(1);
    for (const name of named) if (name !== '') this.#subscribe(name);
  }

  receive(frame: SimFrame): void {
    const request = typeof frame === 'string' ? parse(frame) : undefined;
    if (request === undefined) {
      this.#connection.reply(INVALID_JSON);
      return;
    }
    const { method, params, id = null } = request;
    if (!isRequestId(id)) {
      this.#refuse(null, 'Invalid request: request ID must be an unsigned integer');
      return;
    }
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        this.#change(method, params, id);
        return;
      case 'LIST_SUBSCRIPTIONS':
        this.#answer(id, [...this.#names]);
        return;
      case 'SET_PROPERTY':
        this.#setProperty(params, id);
        return;
      case 'GET_PROPERTY':
        this.#answer(id, this.#isCombined);
        return;
      default:
        this.#refuse(id, 'Invalid request: unknown variant of method');
    }
  }

  /** Spot only, since May 2026; the futures' documents do not have it. */
  farewell(nowUs: number): SimFrame | undefined {
    if (this.#isFutures) return undefined;
    const notice = `{"e":"serverShutdown","E":${Math.floor(nowUs / US_PER_MS)}}`;
    return this.#isCombined ? `{"stream":"!serverShutdown","data":${notice}}` : notice;
  }

  #change(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', params: unknown, id: unknown): void {
    if (!Array.isArray(params) || !params.every((each) => typeof each === 'string')) {
      this.#refuse(id, 'Invalid request: params must be an array of stream names');
      return;
    }
    const isOver = new Set([...this.#names, ...params]).size > NAMES_MAX;
    if (method === 'SUBSCRIBE' && isOver) {
      this.#refuse(id, 'Invalid request: too many streams');
      return;
    }
    for (const name of params as string[]) {
      if (method === 'SUBSCRIBE') this.#subscribe(name);
      else this.#unsubscribe(name);
    }
    this.#answer(id, null);
  }

  /** An unknown name, or one this endpoint does not serve, is taken like any and stays silent. */
  #subscribe(name: string): void {
    this.#names.add(name);
    const stream = this.#streams.find(name, this.#isCombined);
    if (stream === undefined) return;
    if (this.#route !== '' && this.#route !== this.#streams.route(stream)) return;
    this.#connection.subscribe(stream);
  }

  #unsubscribe(name: string): void {
    this.#names.delete(name);
    this.#connection.unsubscribe(this.#streams.key(name, this.#isCombined));
  }

  #setProperty(params: unknown, id: unknown): void {
    if (!Array.isArray(params) || params[0] !== 'combined' || typeof params[1] !== 'boolean') {
      this.#refuse(id, 'Invalid request: unknown property');
      return;
    }
    const names = [...this.#names];
    for (const name of names) this.#unsubscribe(name);
    this.#isCombined = params[1];
    for (const name of names) this.#subscribe(name);
    this.#answer(id, null);
  }

  #answer(id: unknown, result: unknown): void {
    this.#connection.reply(JSON.stringify({ result, id }));
  }

  #refuse(id: unknown, msg: string): void {
    this.#connection.reply(JSON.stringify({ code: 2, msg, id }));
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An integer, up to 36 letters or digits, or null. */
function isRequestId(id: unknown): boolean {
  if (typeof id === 'string') return /^[A-Za-z0-9_-]{1,36}$/.test(id);
  return id === null || Number.isSafeInteger(id);
}
