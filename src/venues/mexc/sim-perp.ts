/**
 * MEXC's contracts as the embedded exchange speaks them over WebSocket: JSON, sizes in contracts,
 * answers that name no instrument, and a connection that is closed without pings. Written from the
 * same documents as the decoders and from none of their code.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimBook,
  SimClient,
  SimConnection,
  SimDepth,
  SimFrame,
  SimInstrument,
  SimStream,
  SimTrade,
} from '../sim-contract.ts';

/** Without a ping for this long a connection is closed, however busy it is. */
const PING_WITHIN_US = 60 * US_PER_SECOND;
const DEPTH_US = 100 * US_PER_MS;
const TOP_US = 250 * US_PER_MS;
const TICKER_US = US_PER_SECOND;
const TOP_LEVELS: readonly number[] = [5, 10, 20];

export class PerpStreams {
  readonly #bySymbol: ReadonlyMap<string, SimInstrument>;
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[]) {
    this.#bySymbol = new Map(instruments.map((each) => [each.listing.venueSymbol, each]));
  }

  has(symbol: string): boolean {
    return this.#bySymbol.has(symbol);
  }

  /** The stream of a method (`deal`) and its parameters; undefined where there is none. */
  find(method: string, symbol: string, levels: number): SimStream | undefined {
    const key = method === 'depth.full' ? `${method} ${levels} ${symbol}` : `${method} ${symbol}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const instrument = this.#bySymbol.get(symbol);
    const stream = instrument && createStream(instrument, method, key, levels);
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }
}

export class PerpClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: PerpStreams;
  /** Key of the one short book an instrument may have. */
  readonly #tops = new Map<string, string>();
  #pingedUs = Number.NaN;

  /** `number` is unique among the connections. */
  constructor(connection: SimConnection, streams: PerpStreams, number: number) {
    this.#connection = connection;
    this.#streams = streams;
    connection.subscribe({
      kind: 'timer',
      key: `ping watch ${number}`,
      instrument: undefined,
      intervalUs: US_PER_SECOND,
      encode: (nowUs) => this.#watchPing(nowUs),
    });
  }

  receive(frame: SimFrame): void {
    const { method, param } = parseRequest(typeof frame === 'string' ? frame : '');
    if (method === 'ping') {
      this.#pingedUs = Number.NaN;
      this.#connection.reply(`{"channel":"pong","data":${Date.UTC(2026, 0, 1)}}`);
      return;
    }
    const [, verb = '', use = ''] = /^(sub|unsub)\.(.+)$/.exec(method) ?? [];
    const { symbol } = param;
    // A method nobody knows is not answered.
    if (verb === '' || typeof symbol !== 'string') return;
    if (!['deal', 'depth', 'depth.full', 'ticker'].includes(use)) return;
    if (!this.#streams.has(symbol)) {
      this.#answer('rs.error', `Contract [${symbol}] not exists`);
      return;
    }
    const { limit = 20 } = param;
    const levels = TOP_LEVELS.find((each) => each === limit) ?? 20;
    const stream = this.#streams.find(use, symbol, levels);
    if (stream === undefined) return;
    if (verb === 'unsub') this.#connection.unsubscribe(stream.key);
    else this.#subscribe(use, symbol, stream);
    this.#answer(`rs.${verb}.${use}`, 'success');
  }

  #subscribe(use: string, symbol: string, stream: SimStream): void {
    const earlier = this.#tops.get(symbol);
    if (use === 'depth.full' && earlier !== undefined && earlier !== stream.key) {
      this.#connection.unsubscribe(earlier);
    }
    if (use === 'depth.full') this.#tops.set(symbol, stream.key);
    this.#connection.subscribe(stream);
  }

  #answer(channel: string, data: string): void {
    this.#connection.reply(JSON.stringify({ channel, data, ts: String(Date.UTC(2026, 0, 1)) }));
  }

  #watchPing(nowUs: number): undefined {
    if (Number.isNaN(this.#pingedUs)) this.#pingedUs = nowUs;
    if (nowUs - this.#pingedUs <= PING_WITHIN_US) return;
    this.#answer('rs.error', 'more than 60 seconds no response, close the channel');
    this.#connection.close(1000, 'no ping');
  }
}

function createStream(
  instrument: SimInstrument,
  method: string,
  key: string,
  levels: number,
): SimStream | undefined {
  const symbol = instrument.listing.venueSymbol;
  const wrap = (channel: string, data: string, nowUs: number) =>
    `{"symbol":"${symbol}","data":${data},"channel":"${channel}","ts":${msOf(nowUs)}}`;
  switch (method) {
    case 'deal':
      return {
        kind: 'trade',
        key,
        instrument,
        encode: (trade, nowUs) => wrap('push.deal', `[${dealRow(instrument, trade, true)}]`, nowUs),
      };
    case 'depth':
      return {
        kind: 'depth',
        key,
        instrument,
        intervalUs: DEPTH_US,
        encode: (depth, nowUs) => wrap('push.depth', changes(instrument, depth), nowUs),
      };
    case 'depth.full':
      return {
        kind: 'depth',
        key,
        instrument,
        intervalUs: TOP_US,
        encode: ({ book }, nowUs) => wrap('push.depth.full', top(instrument, book, levels), nowUs),
      };
    default:
      return {
        kind: 'timer',
        key,
        instrument,
        intervalUs: TICKER_US,
        encode: (nowUs) => wrap('push.ticker', ticker(instrument, nowUs), nowUs),
      };
  }
}

/** A deal as pushed, and as REST lists it: there some rows have no id. */
export function dealRow(instrument: SimInstrument, trade: SimTrade, hasId: boolean): string {
  const price = instrument.priceText(trade.ticks);
  const ms = trade.tsUs / US_PER_MS;
  const side = trade.isSell ? 2 : 1;
  const id = hasId ? `,"i":"${instrument.idBase + trade.number}","cts":"${ms}"` : '';
  return `{"p":${price},"v":${trade.lots},"T":${side},"O":3,"M":2,"t":${ms}${id}}`;
}

export function levelRow(instrument: SimInstrument, ticks: number, lots: number): string {
  return `[${instrument.priceText(ticks)},${lots},${lots === 0 ? 0 : 1}]`;
}

function changes(instrument: SimInstrument, depth: SimDepth): string {
  const asks = depth.askTicks.map((t, i) => levelRow(instrument, t, depth.askLots[i] as number));
  const bids = depth.bidTicks.map((t, i) => levelRow(instrument, t, depth.bidLots[i] as number));
  // A frame of one version names no span, in one of the ways that were seen.
  const isMerged = depth.firstId !== depth.lastId;
  const span = isMerged
    ? `,"begin":${depth.firstId},"end":${depth.lastId}`
    : instrument.index % 2 === 0
      ? ',"begin":null,"end":0'
      : '';
  return `{"asks":[${asks.join(',')}],"bids":[${bids.join(',')}],"version":${depth.lastId}${span}}`;
}

function top(instrument: SimInstrument, book: SimBook, levels: number): string {
  const bids: string[] = [];
  const asks: string[] = [];
  for (let i = 0; i < Math.min(levels, book.bidCount); i += 1) {
    bids.push(levelRow(instrument, book.bidTicks(i), book.bidLots(i)));
  }
  for (let i = 0; i < Math.min(levels, book.askCount); i += 1) {
    asks.push(levelRow(instrument, book.askTicks(i), book.askLots(i)));
  }
  return `{"asks":[${asks.join(',')}],"bids":[${bids.join(',')}],"version":${book.id}}`;
}

/** Mark and index are the last price here. */
function ticker(instrument: SimInstrument, nowUs: number): string {
  const trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  instrument.readTrade(instrument.newestTrade(), trade);
  const price = instrument.priceText(trade.ticks);
  const rate = instrument.index % 2 === 0 ? '0.0001' : '-0.000025';
  const held = 1_000_000 + (trade.number % 1_000);
  return (
    `{"contractId":${instrument.index + 1},"symbol":"${instrument.listing.venueSymbol}"` +
    `,"lastPrice":${price},"bid1":${price},"ask1":${price},"fairPrice":${price}` +
    `,"indexPrice":${price},"fundingRate":${rate},"holdVol":${held},"volume24":1,"amount24":1` +
    `,"timestamp":${msOf(nowUs)}}`
  );
}

function parseRequest(text: string): { method: string; param: Record<string, unknown> } {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null;
    const { method, param } = (isObject ? value : {}) as { method?: unknown; param?: unknown };
    const isParam = typeof param === 'object' && param !== null;
    return {
      method: typeof method === 'string' ? method : '',
      param: isParam ? (param as Record<string, unknown>) : {},
    };
  } catch {
    return { method: '', param: {} };
  }
}

function msOf(us: number): number {
  return Math.floor(us / US_PER_MS);
}
