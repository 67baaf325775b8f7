/**
 * OKX's REST dialect: the requests the session needs and what their answers hold. Bodies come
 * parsed: `{"code":"0","msg":"","data":[…]}`. Lists are newest first, and the names of the cursors
 * are the wrong way round: `after` gives what is older, `before` what is newer.
 */
import type { DecodeOutcome, RestHandler, RestRequest, TradesWanted } from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import { createDepthMessage } from '../kit/messages.ts';
import type { BookStreams } from './book-streams.ts';
import { readRestDepth } from './decode-depth.ts';
import { TradeBatch } from './decode-trade.ts';
import { INST_TYPE_OF, INST_TYPES, type InstType } from './feeds.ts';
import { InstrumentLists } from './instruments.ts';
import type { Market, Markets } from './markets.ts';
import { readRows } from './wire-fields.ts';

/** Rows of a page of trades, at most. */
export const TRADES_LIMIT = 100;
const BOOK_LEVELS = 400;
/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const INSTRUMENTS = '/api/v5/public/instruments';
const BOOK = '/api/v5/market/books';
const TRADES = '/api/v5/market/history-trades';

/** What the venue's codes mean as HTTP status; all others say that the request is wrong. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  '0': 200,
  '50001': 503,
  '50004': 503,
  '50011': 429,
  '50013': 503,
  '50026': 503,
  '50061': 429,
};

export class RestDialect {
  readonly #markets: Markets;
  readonly #restUrl: string;
  readonly #lists: InstrumentLists;
  readonly #depth = createDepthMessage();
  readonly #trades = new TradeBatch();

  constructor(markets: Markets, restUrl: string) {
    this.#markets = markets;
    this.#restUrl = restUrl;
    const wanted = new Set(
      markets.all.map(({ instrument }) => INST_TYPE_OF[instrument.marketType]),
    );
    const types = INST_TYPES.filter((type) => wanted.has(type));
    this.#lists = new InstrumentLists(markets, types.length === 0 ? ['SPOT'] : types);
  }

  /** The list of one type; the others follow as further pages. */
  instrumentsRequest(): RestRequest {
    return this.#listRequest(this.#lists.first);
  }

  bookSnapshotRequest(index: number): RestRequest | undefined {
    const market = this.#markets.byIndex(index);
    if (market === undefined) return undefined;
    const url = `${this.#restUrl}${BOOK}?instId=${market.instId}&sz=${BOOK_LEVELS}&source=0`;
    return { url, weight: 1 };
  }

  /**
   * Rows of ids from `fromId` on. The page is asked for by the id behind its newest row: where the
   * hole is short, behind one that is known (`toId` + 1), so that a page without rows for the hole
   * proves that the venue has none.
   */
  tradesRequest(index: number, { fromId, toId }: TradesWanted): RestRequest | undefined {
    const market = this.#markets.byIndex(index);
    if (market === undefined || !(toId >= fromId)) return undefined;
    const after = Math.min(toId + 2, fromId + TRADES_LIMIT);
    const query = `instId=${market.instId}&type=1&after=${after}&limit=${TRADES_LIMIT}`;
    return { url: `${this.#restUrl}${TRADES}?${query}`, weight: 1 };
  }

  statusOf(code: unknown): number {
    if (typeof code !== 'string') return 200;
    return Object.hasOwn(STATUS_OF_CODE, code) ? (STATUS_OF_CODE[code] ?? 400) : 400;
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler, books: BookStreams): DecodeOutcome {
    const target = url.replace(ORIGIN, '');
    const split = target.indexOf('?');
    const path = split < 0 ? target : target.slice(0, split);
    const query = new URLSearchParams(split < 0 ? '' : target.slice(split + 1));
    const answer = readObject(body);
    const rows = answer?.code === '0' ? readRows(answer.data) : undefined;
    if (rows === undefined) return 'malformed';
    if (path.endsWith(INSTRUMENTS)) return this.#instruments(query.get('instType'), rows, out);
    const isBook = path.endsWith(BOOK);
    if (!isBook && !path.endsWith(TRADES)) return 'malformed';
    const market = this.#markets.byId(query.get('instId'));
    if (market === undefined) return 'ignored';
    return isBook ? this.#snapshot(market, rows, out, books) : this.#page(market, rows, out);
  }

  #listRequest(instType: InstType): RestRequest {
    return { url: `${this.#restUrl}${INSTRUMENTS}?instType=${instType}`, weight: 1 };
  }

  #instruments(
    instType: string | null,
    rows: readonly JsonObject[],
    out: RestHandler,
  ): DecodeOutcome {
    const type = INST_TYPES.find((each) => each === instType);
    if (type === undefined) return 'ignored';
    if (!this.#lists.read(type, rows)) return 'malformed';
    const next = this.#lists.after(type);
    if (next !== undefined) out.onNextPage?.(this.#listRequest(next));
    else if (this.#lists.isLast(type)) out.onInstruments(this.#lists.all());
    return 'ok';
  }

  #snapshot(
    market: Market,
    rows: readonly JsonObject[],
    out: RestHandler,
    books: BookStreams,
  ): DecodeOutcome {
    const [row] = rows;
    if (row === undefined || rows.length > 1) return 'malformed';
    if (!readRestDepth(row, market, this.#depth)) return 'malformed';
    books.onRestSnapshot(market);
    out.onBookSnapshot(this.#depth);
    return 'ok';
  }

  #page(market: Market, rows: readonly JsonObject[], out: RestHandler): DecodeOutcome {
    const trades = this.#trades;
    trades.clear();
    for (const row of rows) {
      if (!trades.add(row, market, market.instrument.tape)) return 'malformed';
    }
    if (!trades.sort() || trades.hasTimeless) return 'malformed';
    for (let i = 0; i < trades.count; i += 1) out.onTrade(trades.at(i));
    out.onTradesEnd(market.index, trades.count);
    return 'ok';
  }
}
