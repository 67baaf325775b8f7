/**
 * Kraken's REST dialect: the pair list, and trades by time. Bodies come parsed, with the text of
 * long numbers kept; an answer counts only as a whole.
 * https://docs.kraken.com/api-reference/market-data/get-recent-trades
 *
 * Trades are paged by time in ns, not by id. The first page of a hole starts at the trade before
 * it; the next ones where the page before ended, as its `last` says.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestRequest,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { createTradeMessage } from '../kit/messages.ts';
import { modernAsset } from './assets.ts';
import type { BookChecksum } from './checksum.ts';
import { NumberText, plainText, readDecimal } from './exact-number.ts';
import { parseSymbol, restPair } from './symbols.ts';

const PAIRS_PATH = '/0/public/AssetPairs';
const TRADES_PATH = '/0/public/Trades';
const TRADES_LIMIT = 1000;
const ROW_LENGTH_MIN = 7;
const US_PER_SECOND = 1_000_000;
const US_DIGITS = 6;
const DECIMALS_MAX = 30;
/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const NS = /^\d{1,20}$/;

/** Where the last page of an instrument's trades ended. */
interface PageEnd {
  readonly tradeId: number;
  readonly ns: string;
}

export class RestDialect {
  readonly #restUrl: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #byName = new Map<string, Instrument>();
  /** By REST's names of the pair: those we can make, and those the venue's list says. */
  readonly #byPair = new Map<string, Instrument>();
  readonly #pairs = new Map<number, string>();
  readonly #ends = new Map<number, PageEnd>();
  readonly #checksums: ReadonlyMap<number, BookChecksum>;
  readonly #trades: TradeMessage[] = [];

  constructor(
    instruments: readonly Instrument[],
    restUrl: string,
    checksums: ReadonlyMap<number, BookChecksum>,
  ) {
    this.#restUrl = restUrl;
    this.#checksums = checksums;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#byName.set(each.venueSymbol, each);
      this.#namePair(each, restPair(each.base, each.quote));
    }
  }

  instrumentsRequest(): RestRequest {
    return { url: `${this.#restUrl}${PAIRS_PATH}`, weight: 1 };
  }

  tradesRequest(index: number, wanted: TradesWanted): RestRequest | undefined {
    const pair = this.#pairs.get(index);
    if (pair === undefined || !(wanted.fromUs > 0)) return undefined;
    const end = this.#ends.get(index);
    // A page that ended inside the hole is where the next one starts. Else: from just before the
    // trade before the hole, which is then in the page whether `since` includes its moment or not.
    const isInside =
      end !== undefined && end.tradeId <= wanted.fromId && isAfter(end.ns, wanted.fromUs);
    const since = isInside ? end.ns : `${Math.floor(wanted.fromUs) - 1}000`;
    const query = `pair=${encodeURIComponent(pair)}&since=${since}&count=${TRADES_LIMIT}`;
    return { url: `${this.#restUrl}${TRADES_PATH}?${query}`, weight: 1 };
  }

  /** `body` is the parsed answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const target = url.replace(ORIGIN, '');
    const split = target.indexOf('?');
    const path = split < 0 ? target : target.slice(0, split);
    const isPairs = path.endsWith(PAIRS_PATH);
    if (!isPairs && !path.endsWith(TRADES_PATH)) return 'malformed';
    const answer = readObject(body);
    if (!Array.isArray(answer?.error) || answer.error.length > 0) return 'malformed';
    const result = readObject(answer.result);
    if (result === undefined) return 'malformed';
    if (isPairs) return this.#pairList(result, out);
    const pair = new URLSearchParams(split < 0 ? '' : target.slice(split + 1)).get('pair');
    if (pair === null) return 'malformed';
    const instrument = this.#byPair.get(pair) ?? this.#findPair(pair);
    return instrument === undefined ? 'ignored' : this.#tradePage(instrument, result, out);
  }

  #findPair(pair: string): Instrument | undefined {
    const parsed = parseSymbol(pair);
    return parsed.ok ? this.#byName.get(parsed.venueSymbol) : undefined;
  }

  #namePair(instrument: Instrument, pair: string): void {
    this.#pairs.set(instrument.index, pair);
    this.#byPair.set(pair, instrument);
  }

  #pairList(result: JsonObject, out: RestHandler): DecodeOutcome {
    const list: { readonly meta: InstrumentMeta; readonly pair: JsonObject }[] = [];
    for (const each of Object.values(result)) {
      const pair = readObject(each);
      if (pair === undefined) return 'malformed';
      // Markets that only brokers see have no name of this kind.
      if (typeof pair.wsname !== 'string') continue;
      const meta = describePair(pair, pair.wsname);
      if (meta === undefined) return 'malformed';
      list.push({ meta, pair });
    }
    for (const { meta, pair } of list) {
      const instrument = this.#byName.get(meta.venueSymbol);
      if (instrument === undefined) continue;
      if (typeof pair.altname === 'string') this.#namePair(instrument, pair.altname);
      const checksum = this.#checksums.get(instrument.index);
      if (checksum === undefined) continue;
      checksum.priceDecimals = readId(pair.pair_decimals);
      checksum.sizeDecimals = readId(pair.lot_decimals);
    }
    out.onInstruments(list.map(({ meta }) => meta));
    return 'ok';
  }

  #tradePage(instrument: Instrument, result: JsonObject, out: RestHandler): DecodeOutcome {
    const { last } = result;
    if (typeof last !== 'string' || !NS.test(last)) return 'malformed';
    // The rows stand under whichever of its names the venue likes; there is one such list.
    const lists = Object.entries(result).filter(([key]) => key !== 'last');
    const rows = lists[0]?.[1];
    if (lists.length !== 1 || !Array.isArray(rows)) return 'malformed';
    let previousId = -1;
    for (const [i, row] of rows.entries()) {
      this.#trades[i] ??= createTradeMessage();
      const message = this.#trades[i];
      if (!Array.isArray(row) || !readRow(message, row, instrument.index)) return 'malformed';
      if (message.tradeId <= previousId) return 'malformed';
      previousId = message.tradeId;
    }
    if (rows.length > 0) this.#ends.set(instrument.index, { tradeId: previousId, ns: last });
    for (let i = 0; i < rows.length; i += 1) out.onTrade(this.#trades[i] as TradeMessage);
    out.onTradesEnd(instrument.index, rows.length);
    return 'ok';
  }
}

/** `error` of an answer as an HTTP status; 200 when there is none. */
export function statusOf(error: unknown): number {
  if (!Array.isArray(error) || error.length === 0) return 200;
  const text = error.join(' ');
  if (/too many requests|rate limit|throttled/i.test(text)) return 429;
  return /^EService|internal error|unavailable|busy/i.test(text) ? 503 : 400;
}

function describePair(pair: JsonObject, wsname: string): InstrumentMeta | undefined {
  const [oldBase = '', oldQuote = '', more] = wsname.split('/');
  if (oldBase === '' || oldQuote === '' || more !== undefined) return undefined;
  const priceDecimals = readId(pair.pair_decimals);
  const sizeDecimals = readId(pair.lot_decimals);
  if (priceDecimals < 0 || priceDecimals > DECIMALS_MAX) return undefined;
  if (sizeDecimals < 0 || sizeDecimals > DECIMALS_MAX) return undefined;
  const base = modernAsset(oldBase);
  const quote = modernAsset(oldQuote);
  const tick = typeof pair.tick_size === 'string' ? parseDecimalText(pair.tick_size) : Number.NaN;
  return {
    venue: 'kraken',
    symbol: `${base}/${quote}`,
    marketType: 'spot',
    venueSymbol: `${base}/${quote}`,
    base,
    quote,
    tickSize: tick > 0 ? tick : Number(`1e-${priceDecimals}`),
    lotSize: Number(`1e-${sizeDecimals}`),
    contractSize: 1,
    status: typeof pair.status === 'string' ? pair.status : 'unknown',
  };
}

/** `[price, volume, time, "b"|"s", "m"|"l", misc, trade_id]`; the side is the taker's. */
function readRow(message: TradeMessage, row: readonly unknown[], instrument: number): boolean {
  const [price, size, time, side] = row;
  if (row.length < ROW_LENGTH_MIN || typeof price !== 'string' || typeof size !== 'string') {
    return false;
  }
  message.instrument = instrument;
  message.tape = 'trade';
  message.tradeId = readId(row[6]);
  message.tsUs = secondsToUs(time);
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  message.nativeSize = message.size;
  message.isSell = side === 's';
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  message.isMarket = message.price > 0 && message.size > 0;
  if (side !== 's' && side !== 'b') return false;
  if (!(message.tradeId >= 0 && message.tsUs >= 0)) return false;
  return message.price >= 0 && message.size >= 0;
}

/**
 * Seconds with a fraction, cut at the microsecond as in the socket's times; NaN when it is none.
 */
function secondsToUs(time: unknown): number {
  if (!(time instanceof NumberText) && typeof time !== 'number') return Number.NaN;
  if (Number.isNaN(readDecimal(time))) return Number.NaN;
  const [seconds = '', fraction = ''] = plainText(time).split('.');
  const us =
    Number(seconds) * US_PER_SECOND + Number(fraction.slice(0, US_DIGITS).padEnd(US_DIGITS, '0'));
  return Number.isSafeInteger(us) ? us : Number.NaN;
}

/** Whether `ns` lies after `us`; as text, for it has more digits than a number holds. */
function isAfter(ns: string, us: number): boolean {
  return Number(ns.slice(0, -3)) >= us;
}
