/**
 * Kraken as the embedded exchange speaks it: subscribing and limits here, channels in
 * `sim-streams.ts`, REST in `sim-rest.ts`.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import { isoTimeText } from '../kit/iso-time.ts';
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
} from '../sim-contract.ts';
import { CATALOGUE } from './catalogue.ts';
import { SimRest } from './sim-rest.ts';
import { bookStream, tickerStream, tradeStream } from './sim-streams.ts';

const DEPTHS: ReadonlySet<unknown> = new Set([10, 25, 100, 500, 1000]);
const MAJORS: ReadonlySet<string> = new Set(['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'ADA']);
const HEARTBEAT = '{"channel":"heartbeat"}';

const KRAKEN: SimDialect = {
  feed: 'kraken',
  listings: CATALOGUE.symbols.map(listing),
  limits: {
    framesPerSecond: 20,
    streamsPerConnection: 1000,
    connectionLifeUs: Number.POSITIVE_INFINITY,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: Number.POSITIVE_INFINITY,
    restWeightPerMinute: 60,
  },
  timeUnitUs: 1,
  idJumpMax: 1,
  tape: 'trade',
  fills: ({ idBase }, { number, lots }) => [{ tradeId: idBase + number, lots }],
  tradeNumber: ({ idBase }, tradeId) => Number(tradeId) - idBase,
  create: createFeed,
};

export const dialects: readonly SimDialect[] = [KRAKEN];

function listing(symbol: string): SimListing {
  const [base = '', quote = ''] = symbol.split('/');
  const market = listMarket(base, quote, 'spot', symbol);
  return { ...market, isMajor: quote === 'USD' && MAJORS.has(base) };
}

function createFeed(host: SimHost): SimFeed {
  const rest = new SimRest(host);
  const bySymbol = new Map(host.instruments.map((each) => [each.listing.venueSymbol, each]));
  const streams = new Map<string, SimStream>();
  return {
    hasSocketAt: (path) => path === '/v2',
    connect: (connection) => new KrakenClient(connection, host, bySymbol, streams),
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    restRefusal: () => rest.refusal(),
  };
}

interface Params {
  readonly channel: string;
  readonly symbols: readonly string[];
  readonly depth: number;
}

class KrakenClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #host: SimHost;
  readonly #bySymbol: ReadonlyMap<string, SimInstrument>;
  /** Streams of all clients: those who ask for the same share one. */
  readonly #streams: Map<string, SimStream>;

  constructor(
    connection: SimConnection,
    host: SimHost,
    bySymbol: ReadonlyMap<string, SimInstrument>,
    streams: Map<string, SimStream>,
  ) {
    this.#connection = connection;
    this.#host = host;
    this.#bySymbol = bySymbol;
    this.#streams = streams;
    connection.data(
      '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",' +
        '"api_version":"v2","connection_id":13834774380200032777}]}',
    );
  }

  receive(frame: SimFrame): void {
    const request = parse(frame);
    const method = request?.method;
    if (request === undefined || typeof method !== 'string') {
      this.#connection.reply(`{"error":"Malformed request","success":false,${this.#times()}}`);
      return;
    }
    const id = Number.isSafeInteger(request.req_id) ? `,"req_id":${request.req_id}` : '';
    if (method === 'ping') {
      this.#connection.reply(`{"method":"pong",${this.#times()}${id}}`);
      return;
    }
    const params = readParams(request.params);
    if ((method !== 'subscribe' && method !== 'unsubscribe') || params === undefined) {
      this.#refuse(method, 'Malformed request', undefined, id);
      return;
    }
    for (const symbol of params.symbols) this.#change(method, params, symbol, id);
  }

  #change(method: string, params: Params, symbol: string, id: string): void {
    const instrument = this.#bySymbol.get(symbol);
    const stream = instrument === undefined ? undefined : this.#stream(params, instrument);
    if (stream === undefined) {
      const what = instrument === undefined ? 'Currency pair' : 'Channel';
      this.#refuse(method, `${what} not supported ${symbol}`, symbol, id);
      return;
    }
    const depth = params.channel === 'book' ? `,"depth":${params.depth}` : '';
    const result = `{"channel":"${params.channel}","symbol":"${symbol}"${depth},"snapshot":true}`;
    const answer = `{"method":"${method}","result":${result},"success":true,${this.#times()}${id}}`;
    if (method === 'unsubscribe') {
      if (this.#connection.unsubscribe(stream.key)) this.#connection.reply(answer);
      else this.#refuse(method, 'Subscription Not Found', symbol, id);
      return;
    }
    this.#connection.reply(answer);
    this.#connection.subscribe(stream);
    this.#connection.subscribe({
      kind: 'timer',
      key: 'heartbeat',
      instrument: undefined,
      intervalUs: US_PER_SECOND,
      encode: () => HEARTBEAT,
    });
  }

  #stream({ channel, depth }: Params, instrument: SimInstrument): SimStream | undefined {
    const key = `${channel} ${depth} ${instrument.listing.venueSymbol}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    let stream: SimStream | undefined;
    if (channel === 'trade') stream = tradeStream(instrument);
    else if (channel === 'ticker') stream = tickerStream(instrument);
    else if (channel === 'book' && DEPTHS.has(depth)) stream = bookStream(instrument, depth);
    if (stream !== undefined) this.#streams.set(key, stream);
    return stream;
  }

  #refuse(method: string, error: string, symbol: string | undefined, id: string): void {
    const named = symbol === undefined ? '' : `,"symbol":${JSON.stringify(symbol)}`;
    const text = `{"error":${JSON.stringify(error)},"method":${JSON.stringify(method)}${id}`;
    this.#connection.reply(`${text},"success":false${named},${this.#times()}}`);
  }

  #times(): string {
    const time = isoTimeText(this.#host.nowUs());
    return `"time_in":"${time}","time_out":"${time}"`;
  }
}

function readParams(value: unknown): Params | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { channel, symbol, depth = 10 } = value as Record<string, unknown>;
  if (typeof channel !== 'string' || !Array.isArray(symbol)) return undefined;
  if (typeof depth !== 'number' || !symbol.every((each) => typeof each === 'string')) {
    return undefined;
  }
  return { channel, symbols: symbol, depth };
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
