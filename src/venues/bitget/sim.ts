/**
 * Bitget v2 as the embedded exchange speaks it, both feeds: subscribing, pings and limits here,
 * streams in `sim-streams.ts`, REST in `sim-rest.ts`. Written from the same documents as the
 * decoders and from none of their code, so that the two check each other.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
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
import { SPOT_LIST, USDT_LIST } from './catalogue.ts';
import { type Market, SimRest } from './sim-rest.ts';
import { SimStreams } from './sim-streams.ts';
import { fillIdText, fillsPerTrade, numberOfFill } from './sim-trades.ts';

const DAY_US = 86_400 * US_PER_SECOND;
const CHANNELS_MAX = 1_000;
const UNKNOWN = 30_001;

export const dialects: readonly SimDialect[] = [dialect('spot'), dialect('usdt')];

function dialect(market: Market): SimDialect {
  const symbols = market === 'spot' ? SPOT_LIST.symbols : USDT_LIST.symbols;
  return {
    feed: `bitget.${market}`,
    listings: listAll(symbols, market),
    limits: {
      framesPerSecond: 10,
      streamsPerConnection: CHANNELS_MAX,
      connectionLifeUs: DAY_US,
      // The client pings, in text.
      pingEveryUs: Number.POSITIVE_INFINITY,
      pongWithinUs: Number.POSITIVE_INFINITY,
      restWeightPerMinute: 6_000,
    },
    timeUnitUs: 1000,
    // `seq` rises and has holes.
    idJumpMax: 40,
    tape: 'trade',
    fills: (ids, trade) => fillsOf(market, ids, trade),
    tradeNumber: (ids, tradeId) => numberOfFill(market, ids, tradeId),
    create: (host) => createFeed(host, market),
  };
}

function fillsOf(market: Market, ids: SimTradeIds, trade: SimTrade): readonly SimFill[] {
  const count = fillsPerTrade(market);
  const first = Math.floor(trade.lots / count);
  const lots = count === 1 ? [trade.lots] : [first, trade.lots - first];
  return lots.map((each, i) => ({
    tradeId: fillIdText(ids, trade.number * count + i),
    lots: each,
  }));
}

function listAll(symbols: readonly string[], market: Market): SimListing[] {
  return symbols.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return listMarket(base, quote, market === 'spot' ? 'spot' : 'perp', `${base}${quote}`);
  });
}

function createFeed(host: SimHost, market: Market): SimFeed {
  const streams = new SimStreams(host, market);
  const rest = new SimRest(host, market);
  return {
    hasSocketAt: (path) => path === '/v2/ws/public',
    connect: (connection) => new BitgetClient(connection, streams, market),
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    restRefusal: () => ({ status: 429, body: '{"code":"429","msg":"Too Many Requests"}' }),
  };
}

interface Arg {
  readonly instType: unknown;
  readonly channel: unknown;
  readonly instId: unknown;
}

class BitgetClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SimStreams;
  readonly #instType: string;

  constructor(connection: SimConnection, streams: SimStreams, market: Market) {
    this.#connection = connection;
    this.#streams = streams;
    this.#instType = market === 'spot' ? 'SPOT' : 'USDT-FUTURES';
  }

  receive(frame: SimFrame): void {
    if (frame === 'ping') {
      this.#connection.reply('pong');
      return;
    }
    const request = typeof frame === 'string' ? parse(frame) : undefined;
    const { op, args } = request ?? {};
    if ((op !== 'subscribe' && op !== 'unsubscribe') || !Array.isArray(args)) {
      this.#connection.reply('{"event":"error","code":30002,"msg":"Unrecognized request"}');
      return;
    }
    for (const each of args) {
      const { instType, channel, instId } = (each ?? {}) as Arg;
      const arg = { instType, channel, instId };
      if (op === 'subscribe') this.#subscribe(arg);
      else this.#unsubscribe(arg);
    }
  }

  #subscribe(arg: Arg): void {
    const { channel, instId } = arg;
    const stream =
      arg.instType === this.#instType && typeof channel === 'string' && typeof instId === 'string'
        ? this.#streams.find(channel, instId)
        : undefined;
    if (stream === undefined) {
      const msg = `instType:${arg.instType},channel:${channel},instId:${instId} doesn't exist`;
      this.#connection.reply(JSON.stringify({ event: 'error', arg, code: UNKNOWN, msg }));
      return;
    }
    this.#connection.reply(JSON.stringify({ event: 'subscribe', arg }));
    const first = this.#streams.firstFrame(stream);
    this.#connection.subscribe(stream);
    if (first !== undefined) this.#connection.data(first);
  }

  #unsubscribe(arg: Arg): void {
    this.#connection.unsubscribe(`${arg.channel}.${arg.instId}`);
    this.#connection.reply(JSON.stringify({ event: 'unsubscribe', arg }));
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
