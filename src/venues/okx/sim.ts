/**
 * OKX as the embedded exchange speaks it: endpoints, subscribing and limits here, channels in
 * `sim-streams.ts` and `sim-book.ts`, REST in `sim-rest.ts`. Written from the same documents as the
 * decoders and from none of their code, so that the two check each other.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimClient,
  SimConnection,
  SimDialect,
  SimFeed,
  SimFrame,
  SimHost,
  SimTradeIds,
} from '../sim-contract.ts';
import { LISTINGS } from './sim-market.ts';
import { refusal, SimRest } from './sim-rest.ts';
import { fillsOf, type SimArgument, SimStreams } from './sim-streams.ts';

const HOUR_US = 3600 * US_PER_SECOND;
const ENDPOINT = /^\/ws\/v5\/(public|business)$/;
/** Length of all arguments of a connection together. */
const ARGUMENTS_LENGTH_MAX = 65_536;
/** Subscribe and unsubscribe requests of a connection in an hour. */
const REQUESTS_MAX = 480;
const ID = /^[A-Za-z0-9]{1,32}$/;

const OKX: SimDialect = {
  feed: 'okx',
  listings: LISTINGS,
  limits: {
    // Not the venue's, which counts by the hour: what no client needs.
    framesPerSecond: 10,
    streamsPerConnection: 2_000,
    connectionLifeUs: 24 * HOUR_US,
    // The client pings, with a text.
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: Number.POSITIVE_INFINITY,
    restWeightPerMinute: 600,
  },
  timeUnitUs: 1000,
  // Ids of a book jump from change to change.
  idJumpMax: 40,
  tape: 'trade',
  fills: (ids, trade) => {
    const [first, last] = fillsOf(ids, trade);
    if (ids.tape === 'aggTrade') return [{ tradeId: last.id, lots: trade.lots }];
    return [first, last].map(({ id, lots }) => ({ tradeId: id, lots }));
  },
  tradeNumber: ({ idBase }: SimTradeIds, tradeId) => Math.floor(Number(tradeId) / 2) - idBase,
  create: createFeed,
};

export const dialects: readonly SimDialect[] = [OKX];

function createFeed(host: SimHost): SimFeed {
  const streams = new SimStreams(host);
  const rest = new SimRest(host);
  let connections = 0;
  return {
    hasSocketAt: (path) => ENDPOINT.test(path),
    connect: (connection) => {
      connections += 1;
      return new OkxClient(connection, streams, host, connections);
    },
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    restRefusal: () => refusal('50011', 'Too Many Requests', 429),
  };
}

class OkxClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  readonly #host: SimHost;
  readonly #endpoint: string;
  readonly #connId: string;
  /** Texts of the arguments subscribed. */
  readonly #arguments = new Set<string>();
  readonly #requestTimesUs: number[] = [];

  constructor(connection: SimConnection, streams: SimStreams, host: SimHost, number: number) {
    this.#connection = connection;
    this.#streams = streams;
    this.#host = host;
    this.#endpoint = ENDPOINT.exec(connection.path)?.[1] ?? '';
    this.#connId = (0xa4d3ae55 + number).toString(16);
  }

  receive(frame: SimFrame): void {
    if (frame === 'ping') {
      this.#connection.reply('pong');
      return;
    }
    const request = typeof frame === 'string' ? parse(frame) : undefined;
    const { op, args, id } = request ?? {};
    const isKnown = op === 'subscribe' || op === 'unsubscribe';
    const isNamed = id === undefined || (typeof id === 'string' && ID.test(id));
    if (!isKnown || !isNamed || !Array.isArray(args)) {
      this.#refuse('60012', `Invalid request: ${String(frame).slice(0, 200)}`, undefined);
      return;
    }
    if (this.#isOverLimit()) {
      this.#refuse('60014', 'Requests too frequent', id);
      return;
    }
    for (const each of args) this.#change(op, readArgument(each), id);
  }

  /** A minute before the end, or as long as the exchange leaves. */
  farewell(): SimFrame {
    const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
    return JSON.stringify({ event: 'notice', code: '64008', msg, connId: this.#connId });
  }

  #change(
    op: 'subscribe' | 'unsubscribe',
    argument: SimArgument | undefined,
    id: string | undefined,
  ): void {
    const stream = argument && this.#streams.find(this.#endpoint, argument);
    if (argument === undefined || stream === undefined) {
      const { channel = '', instId, instType } = argument ?? {};
      const names = instType === undefined ? `instId:${instId ?? ''}` : `instType:${instType}`;
      this.#refuse(
        '60018',
        `Wrong URL or channel:${channel},${names} doesn't exist. ` +
          'Please use the correct URL, channel and parameters referring to API document.',
        id,
      );
      return;
    }
    const text = JSON.stringify(argument);
    if (op === 'unsubscribe') {
      this.#arguments.delete(text);
      this.#connection.unsubscribe(stream.key);
      this.#acknowledge(op, argument, id);
      return;
    }
    this.#arguments.add(text);
    const length = [...this.#arguments].reduce((sum, each) => sum + each.length, 0);
    if (length > ARGUMENTS_LENGTH_MAX) {
      this.#arguments.delete(text);
      this.#refuse('60012', 'Invalid request: total length of channels exceeds 64 KB', id);
      return;
    }
    this.#acknowledge(op, argument, id);
    this.#connection.subscribe(stream);
    if (argument.channel === 'liquidation-orders') {
      this.#connection.data(this.#streams.liquidationBacklog(this.#host.nowUs()));
    }
  }

  #isOverLimit(): boolean {
    const nowUs = this.#host.nowUs();
    const times = this.#requestTimesUs;
    while (times.length > 0 && nowUs - (times[0] as number) > HOUR_US) times.shift();
    if (times.length >= REQUESTS_MAX) return true;
    times.push(nowUs);
    return false;
  }

  #acknowledge(event: string, arg: SimArgument, id: string | undefined): void {
    this.#connection.reply(
      JSON.stringify({ ...(id === undefined ? {} : { id }), event, arg, connId: this.#connId }),
    );
  }

  #refuse(code: string, msg: string, id: string | undefined): void {
    const named = id === undefined ? {} : { id };
    this.#connection.reply(
      JSON.stringify({ ...named, event: 'error', code, msg, connId: this.#connId }),
    );
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

function readArgument(value: unknown): SimArgument | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { channel, instId, instType } = value as Record<string, unknown>;
  if (typeof channel !== 'string') return undefined;
  if (typeof instId === 'string') return { channel, instId };
  return typeof instType === 'string' ? { channel, instType } : undefined;
}
