/**
 * Deribit as the embedded exchange speaks it: JSON-RPC, its tests of the client and its credits
 * here, channels in `sim-streams.ts`, REST in `sim-rest.ts`. Written from the same documents as the
 * decoders and from none of their code, so that the two check each other.
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
  SimListing,
} from '../sim-contract.ts';
import { PERP_SYMBOLS, SPOT_SYMBOLS } from './catalogue.ts';
import { SimRest } from './sim-rest.ts';
import { SimStreams } from './sim-streams.ts';

const CHANNELS_MAX = 500;
/** The venue lets clients choose from 10 s on; sooner here, so that short tests see one. */
const TEST_INTERVAL_US = 2 * US_PER_SECOND;
const SUBSCRIBE_COST = 3000;
const CREDITS_MAX = 30_000;
const CREDITS_PER_SECOND = 10_000;
const INVALID_PARAMS = -32602;

const DERIBIT: SimDialect = {
  feed: 'deribit',
  listings: listAll(),
  limits: {
    framesPerSecond: 20,
    streamsPerConnection: CHANNELS_MAX,
    connectionLifeUs: Number.POSITIVE_INFINITY,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: 60 * US_PER_SECOND,
    restWeightPerMinute: 1200,
  },
  timeUnitUs: 1000,
  idJumpMax: 40,
  tape: 'trade',
  fills: ({ idBase }, trade) => [{ tradeId: idBase + trade.number, lots: trade.lots }],
  tradeNumber: ({ idBase }, tradeId) => Number(tradeId) - idBase,
  create: createFeed,
};

export const dialects: readonly SimDialect[] = [DERIBIT];

function listAll(): SimListing[] {
  const perps = PERP_SYMBOLS.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    const pair = quote === 'USD' ? base : `${base}_${quote}`;
    return list(base, quote, `${pair}-PERPETUAL`);
  });
  const spot = SPOT_SYMBOLS.map((symbol): SimListing => {
    const [base = '', quote = ''] = symbol.split('/');
    return { ...listMarket(base, quote, 'spot', `${base}_${quote}`), isMajor: false };
  });
  const future = (listing: SimListing, venueSymbol: string): SimListing => ({
    ...listing,
    symbol: `${listing.symbol}-261225`,
    marketType: 'future',
    venueSymbol,
    isMajor: false,
  });
  return [
    ...perps,
    ...spot,
    future(list('BTC', 'USD', ''), 'BTC-25DEC26'),
    future(list('ETH', 'USDC', ''), 'ETH_USDC-25DEC26'),
    option('BTC/USD-261225-100000-C', 'BTC-25DEC26-100000-C', 'BTC'),
    option('ETH/USD-261225-4000-P', 'ETH-25DEC26-4000-P', 'ETH'),
  ];
}

/** Inverse where the quote is USD: lots are contracts of 10 or 1 USD. */
function list(base: string, quote: string, venueSymbol: string): SimListing {
  const listing = listMarket(base, quote, 'perp', venueSymbol);
  const isMajor = base === 'BTC' || base === 'ETH';
  if (quote !== 'USD') return { ...listing, isMajor };
  const inverseValue = base === 'BTC' ? 10 : 1;
  const units = Math.max(1, Math.round((inverseValue / listing.price) * 1e8));
  return { ...listing, inverseValue, lot: { units, decimals: 8 }, isMajor };
}

/** Priced in the coin, in amounts of the coin. */
function option(symbol: string, venueSymbol: string, base: string): SimListing {
  return {
    symbol,
    marketType: 'option',
    venueSymbol,
    base,
    quote: 'USD',
    price: 0.05,
    tick: { units: 1, decimals: 4 },
    lot: { units: 1, decimals: 1 },
    isMajor: false,
  };
}

function createFeed(host: SimHost): SimFeed {
  const streams = new SimStreams(host.instruments);
  const rest = new SimRest(host);
  let clients = 0;
  return {
    hasSocketAt: (path) => path === '/ws/api/v2',
    connect: (connection) => {
      clients += 1;
      return new DeribitClient(connection, streams, host, clients);
    },
    restWeight: (request) => rest.weight(request),
    rest: (request) => rest.answer(request),
    restRefusal: (seconds) => rest.refusal(seconds),
  };
}

class DeribitClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  readonly #host: SimHost;
  readonly #testKey: string;
  readonly #channels = new Set<string>();
  #credits = CREDITS_MAX;
  #creditsUs: number;
  /** A test was sent that the client has not answered yet. */
  #isTested = false;

  constructor(connection: SimConnection, streams: SimStreams, host: SimHost, number: number) {
    this.#connection = connection;
    this.#streams = streams;
    this.#host = host;
    this.#testKey = `heartbeat of client ${number}`;
    this.#creditsUs = host.nowUs();
  }

  receive(frame: SimFrame): void {
    const request = typeof frame === 'string' ? parse(frame) : undefined;
    if (request === undefined) {
      this.#refuse(null, -32700, 'Parse error');
      return;
    }
    const { id = null, method } = request;
    const params = asObject(request.params) ?? {};
    switch (method) {
      case 'public/subscribe':
        this.#subscribe(id, params.channels);
        return;
      case 'public/unsubscribe':
        this.#unsubscribe(id, params.channels);
        return;
      case 'public/set_heartbeat':
        this.#setHeartbeat(id, params.interval);
        return;
      case 'public/test':
        this.#isTested = false;
        this.#answer(id, '{"version":"1.2.26"}');
        return;
      default:
        this.#refuse(id, -32601, 'Method not found');
    }
  }

  #subscribe(id: unknown, channels: unknown): void {
    if (!isNames(channels)) {
      this.#refuse(id, INVALID_PARAMS, 'Invalid params');
      return;
    }
    if (!this.#pay(SUBSCRIBE_COST)) {
      this.#refuse(id, 10028, 'too_many_requests');
      this.#connection.close(1000, 'too_many_requests');
      return;
    }
    // What is not there, or one too many, is left out of the answer without a word.
    const streams = channels.flatMap((name) => this.#streams.find(name) ?? []);
    const taken = streams.filter((each) => {
      const isNew = !this.#channels.has(each.key);
      if (isNew && this.#channels.size < CHANNELS_MAX) this.#channels.add(each.key);
      return this.#channels.has(each.key);
    });
    this.#answer(id, JSON.stringify(taken.map((each) => each.key)));
    for (const each of taken) this.#connection.subscribe(each);
  }

  #unsubscribe(id: unknown, channels: unknown): void {
    if (!isNames(channels)) {
      this.#refuse(id, INVALID_PARAMS, 'Invalid params');
      return;
    }
    const left = channels.filter((name) => this.#channels.delete(name));
    for (const name of left) this.#connection.unsubscribe(name);
    this.#answer(id, JSON.stringify(left));
  }

  #setHeartbeat(id: unknown, interval: unknown): void {
    if (typeof interval !== 'number' || interval < 10) {
      this.#refuse(id, INVALID_PARAMS, 'Invalid params');
      return;
    }
    this.#connection.unsubscribe(this.#testKey);
    this.#connection.subscribe({
      kind: 'timer',
      key: this.#testKey,
      instrument: undefined,
      intervalUs: TEST_INTERVAL_US,
      encode: () => this.#test(),
    });
    this.#answer(id, '"ok"');
  }

  /** Nothing but the words `heartbeat` and `test_request` by turns, or the end. */
  #test(): string | undefined {
    if (this.#isTested) {
      this.#connection.close(1000, 'test_request was not answered');
      return undefined;
    }
    this.#isTested = true;
    return '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}';
  }

  #pay(credits: number): boolean {
    const nowUs = this.#host.nowUs();
    const gained = ((nowUs - this.#creditsUs) / US_PER_SECOND) * CREDITS_PER_SECOND;
    this.#credits = Math.min(CREDITS_MAX, this.#credits + gained) - credits;
    this.#creditsUs = nowUs;
    return this.#credits >= 0;
  }

  #answer(id: unknown, result: string): void {
    const usOut = this.#host.nowUs();
    const times = `"usIn":${usOut - 1},"usOut":${usOut},"usDiff":1,"testnet":false`;
    this.#connection.reply(
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result},${times}}`,
    );
  }

  #refuse(id: unknown, code: number, message: string): void {
    const error = { message, data: {}, code };
    this.#connection.reply(JSON.stringify({ jsonrpc: '2.0', id, error, testnet: false }));
  }
}

type Json = Readonly<Record<string, unknown>>;

function asObject(value: unknown): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Json;
}

function parse(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
