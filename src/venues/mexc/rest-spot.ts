/**
 * MEXC spot's REST: market list, book snapshots, trades of a time. Bodies come parsed; an answer
 * counts only as a whole.
 */
import { losesPrecision } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestRequest,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { readDecimalText, readId, readObject, readTimeMs } from '../kit/json-fields.ts';
import { readLevels } from '../kit/level-read.ts';
import { createDepthMessage, createTradeMessage } from '../kit/messages.ts';
import { decodeSpotInstruments } from './instruments.ts';
import type { TradeJoin } from './trade-join.ts';
import { deliverPage } from './trade-page.ts';
import { TradesWindow } from './trades-window.ts';

const INSTRUMENTS_PATH = '/api/v3/exchangeInfo';
const DEPTH_PATH = '/api/v3/depth';
const TRADES_PATH = '/api/v3/aggTrades';
/** The list's is documented, the others are not: what they cost at most at similar venues. */
const WEIGHTS = { instruments: 10, depth: 5, trades: 5 } as const;
/** 5,000 are possible; levels this deep change a book's top very rarely. */
const DEPTH_LIMIT = 1000;
const TRADES_LIMIT = 1000;

export class SpotRest {
  readonly #url: string;
  readonly #byIndex: ReadonlyMap<number, Instrument>;
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  readonly #joins: ReadonlyMap<number, TradeJoin>;
  readonly #windows = new Map<number, TradesWindow>();
  readonly #depth = createDepthMessage();

  constructor(
    instruments: readonly Instrument[],
    url: string,
    joins: ReadonlyMap<number, TradeJoin>,
  ) {
    this.#url = url;
    this.#joins = joins;
    this.#byIndex = new Map(instruments.map((each) => [each.index, each]));
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
  }

  instrumentsRequest(): RestRequest {
    return { url: `${this.#url}${INSTRUMENTS_PATH}`, weight: WEIGHTS.instruments };
  }

  bookSnapshotRequest(index: number): RestRequest | undefined {
    const symbol = this.#byIndex.get(index)?.venueSymbol;
    if (symbol === undefined) return undefined;
    const query = `symbol=${encodeURIComponent(symbol)}&limit=${DEPTH_LIMIT}`;
    return { url: `${this.#url}${DEPTH_PATH}?${query}`, weight: WEIGHTS.depth };
  }

  tradesRequest(index: number, wanted: TradesWanted): RestRequest | undefined {
    const symbol = this.#byIndex.get(index)?.venueSymbol;
    if (symbol === undefined) return undefined;
    const window = this.#windows.get(index) ?? new TradesWindow();
    this.#windows.set(index, window);
    const { startMs, endMs } = window.next(wanted);
    const time = `startTime=${startMs}&endTime=${endMs}&limit=${TRADES_LIMIT}`;
    const query = `symbol=${encodeURIComponent(symbol)}&${time}`;
    return { url: `${this.#url}${TRADES_PATH}?${query}`, weight: WEIGHTS.trades };
  }

  decode(path: string, query: URLSearchParams, body: unknown, out: RestHandler): DecodeOutcome {
    if (path.endsWith(INSTRUMENTS_PATH)) {
      const list = decodeSpotInstruments(body);
      if (list === undefined) return 'malformed';
      out.onInstruments(list);
      return 'ok';
    }
    const isDepth = path.endsWith(DEPTH_PATH);
    const symbol = query.get('symbol');
    if (symbol === null || (!isDepth && !path.endsWith(TRADES_PATH))) return 'malformed';
    const instrument = this.#bySymbol.get(symbol);
    if (instrument === undefined) return 'ignored';
    if (isDepth) return this.#snapshot(instrument, body, out);
    return this.#trades(instrument, query, body, out);
  }

  #snapshot({ index }: Instrument, body: unknown, out: RestHandler): DecodeOutcome {
    const answer = readObject(body);
    const id = readId(answer?.lastUpdateId);
    if (answer === undefined || id < 0) return 'malformed';
    const message = this.#depth;
    message.instrument = index;
    message.isSnapshot = true;
    message.firstId = id;
    message.lastId = id;
    message.previousId = Number.NaN;
    message.precisionLoss = false;
    message.tsUs = answer.timestamp === undefined ? Number.NaN : readTimeMs(answer.timestamp);
    if (message.tsUs < 0 || !readLevels(message, answer.bids, answer.asks)) return 'malformed';
    out.onBookSnapshot(message);
    return 'ok';
  }

  #trades(
    { index }: Instrument,
    query: URLSearchParams,
    body: unknown,
    out: RestHandler,
  ): DecodeOutcome {
    const join = this.#joins.get(index);
    if (!Array.isArray(body) || join === undefined) return 'malformed';
    const rows: TradeMessage[] = [];
    for (const row of body) {
      const trade = createTradeMessage();
      trade.instrument = index;
      if (!readTrade(trade, row)) return 'malformed';
      rows.push(trade);
    }
    const fromUs = Number(query.get('startTime') ?? Number.NaN) * 1000;
    const toUs = Number(query.get('endTime') ?? Number.NaN) * 1000;
    deliverPage(index, rows, { fromUs, toUs }, join, out);
    return 'ok';
  }
}

/** `{a:null,f:null,l:null,p,q,T,m,M}`: `m` is the buyer was the maker, so the aggressor sold. */
function readTrade(trade: TradeMessage, value: unknown): boolean {
  const row = readObject(value);
  if (row === undefined || typeof row.m !== 'boolean') return false;
  trade.price = readDecimalText(row.p);
  trade.size = readDecimalText(row.q);
  trade.nativeSize = trade.size;
  trade.tsUs = readTimeMs(row.T);
  trade.isSell = row.m;
  trade.precisionLoss = losesPrecision(String(row.p)) || losesPrecision(String(row.q));
  return trade.price > 0 && trade.size > 0 && trade.tsUs > 0;
}
