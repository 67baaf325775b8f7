/**
 * Bybit v5 as the embedded exchange speaks it, both feeds: subscribing, pings and limits here,
 * streams in `sim-streams.ts`, REST in `sim-rest.ts`. Written from the same documents as the
 * decoders and from none of their code, so that the two check each other.
 */
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
  SimStream,
  SimTrade,
  SimTradeIds,
} from '../sim-contract.ts';
import { LINEAR_LIST, SPOT_LIST } from './catalogue.ts';
import { nativePair } from './native-names.ts';
import { FILLS, fillId, fillOf } from './sim-ids.ts';
import { SimRest } from './sim-rest.ts';
import { type Category, SimStreams } from './sim-streams.ts';

/** Characters of arguments a connection may have. */
const ARGS_LENGTH_MAX = 21_000;
const SPOT_ARGS_MAX = 10;
const STREAMS_MAX = 2_000;

export const dialects: readonly SimDialect[] = [dialect('spot'), dialect('linear')];

function dialect(category: Category): SimDialect {
  const isLinear = category === 'linear';
  return {
    feed: `bybit.${category}`,
    listings: listAll(isLinear ? LINEAR_LIST.symbols : SPOT_LIST.symbols, category),
    limits: {
      // Not documented.
      framesPerSecond: 20,
      streamsPerConnection: STREAMS_MAX,
      connectionLifeUs: Number.POSITIVE_INFINITY,
      // The client pings. It answers pings of the protocol, too, but none come.
      pingEveryUs: Number.POSITIVE_INFINITY,
      pongWithinUs: Number.POSITIVE_INFINITY,
      // 600 in five seconds.
      restWeightPerMinute: 7_200,
    },
    timeUnitUs: 1000,
    // `seq` rises and has holes.
    idJumpMax: 40,
    tape: 'trade',
    fills: (ids, trade) => fillsOf(category, ids, trade),
    tradeNumber: (ids, tradeId) => Math.floor(fillOf(category, ids, tradeId) / FILLS),
    create: (host) => createFeed(host, category),
  };
}

/** Each trade meets two resting orders; both prints have the trade's price and time. */
function fillsOf(category: Category, ids: SimTradeIds, trade: SimTrade): readonly SimFill[] {
  const first = Math.floor(trade.lots / FILLS);
  return [first, trade.lots - first].map((lots, i) => ({
    tradeId: fillId(category, ids, trade.number * FILLS + i),
    lots,
  }));
}

function listAll(symbols: readonly string[], category: Category): SimListing[] {
  return symbols.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    const marketType = category === 'spot' ? 'spot' : 'perp';
    return listMarket(base, quote, marketType, nativePair(category, base, quote));
  });
}

function createFeed(host: SimHost, category: Category): SimFeed {
  const streams = new SimStreams(host, category);
  const rest = new SimRest(host, category);
  return {
    hasSocketAt: (path) => path === `/v5/public/${category}`,
    connect: (connection) => new BybitClient(connection, streams, category),
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    // The limit of an endpoint: a refusal inside a 200.
    restRefusal: () => rest.refusal(),
  };
}

class BybitClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  readonly #category: Category;
  readonly #topics = new Map<string, readonly SimStream[]>();

  constructor(connection: SimConnection, streams: SimStreams, category: Category) {
    this.#connection = connection;
    this.#streams = streams;
    this.#category = category;
  }

  receive(frame: SimFrame): void {
    const request = typeof frame === 'string' ? parse(frame) : undefined;
    const { op, args, req_id: id = '' } = request ?? {};
    if (op === 'ping') {
      this.#answer('ping', id, true, 'pong');
      return;
    }
    if (op !== 'subscribe' && op !== 'unsubscribe') {
      this.#answer(typeof op === 'string' ? op : '', id, false, 'error:request expected op');
      return;
    }
    if (!Array.isArray(args) || !args.every((each) => typeof each === 'string')) {
      this.#answer(op, id, false, 'error:args expected');
      return;
    }
    if (op === 'subscribe') this.#subscribe(args as string[], id);
    else this.#unsubscribe(args as string[], id);
  }

  /** One wrong topic fails the whole request. */
  #subscribe(args: readonly string[], id: unknown): void {
    const length = [...this.#topics.keys(), ...args].join(',').length;
    if (this.#category === 'spot' && args.length > SPOT_ARGS_MAX) {
      this.#answer('subscribe', id, false, 'args size >10');
      return;
    }
    const wrong = args.find((topic) => this.#streams.find(topic) === undefined);
    if (wrong !== undefined || length > ARGS_LENGTH_MAX) {
      this.#answer('subscribe', id, false, `error:handler not found,topic:${wrong ?? args[0]}`);
      return;
    }
    this.#answer('subscribe', id, true, this.#category === 'spot' ? 'subscribe' : '');
    for (const topic of args) {
      const streams = this.#streams.find(topic) ?? [];
      this.#topics.set(topic, streams);
      for (const stream of streams) {
        this.#connection.subscribe(stream);
        const first = stream.kind === 'depth' ? undefined : this.#streams.firstFrame(topic);
        if (first !== undefined && stream.key === topic) this.#connection.data(first);
      }
    }
  }

  #unsubscribe(args: readonly string[], id: unknown): void {
    for (const topic of args) {
      for (const { key } of this.#topics.get(topic) ?? []) this.#connection.unsubscribe(key);
      this.#topics.delete(topic);
    }
    this.#answer('unsubscribe', id, true, '');
  }

  #answer(op: string, id: unknown, success: boolean, text: string): void {
    const request = typeof id === 'string' && id !== '' ? { req_id: id } : {};
    const answer = { success, ret_msg: text, conn_id: 'c0-sim', ...request, op };
    this.#connection.reply(JSON.stringify(answer));
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
