/**
 * What a frame of Bitget means, given as a parsed JSON value: the definition that the fast path is
 * held against. Every field used is checked, others are tolerated; nothing is repaired. Sequence
 * numbers come as the text they were written in.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecodeOutcome, MessageHandler, TradeMessage } from '../contract.ts';
import {
  type JsonObject,
  readDecimalText,
  readObject,
  readSignedText,
  readTimeMs,
} from '../kit/json-fields.ts';
import { readLevels } from '../kit/level-read.ts';
import type { BookTracks } from './book-tracks.ts';
import { Kind, type Messages, tradeAt } from './decoded.ts';
import type { BitgetFeed } from './feeds.ts';
import { readSequence } from './sequence-track.ts';
import { streamName } from './subscribe.ts';
import type { WireForm } from './wire-form.ts';

/** A kind when messages were filled; else what became of the frame. */
export type SlowResult = Exclude<Kind, 0> | DecodeOutcome;

/** Request id of a refusal that names no stream. */
export const NO_REQUEST_ID = -1;
const ID_LENGTH_MAX = 64;

export class SlowDecoder {
  readonly #instType: string;
  readonly #form: WireForm;
  readonly #messages: Messages;
  readonly #tracks: BookTracks;
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  /** By instrument: the values last handed on, as one text. */
  readonly #tickers = new Map<number, string>();

  constructor(
    feed: BitgetFeed,
    form: WireForm,
    instruments: readonly Instrument[],
    messages: Messages,
    tracks: BookTracks,
  ) {
    this.#instType = feed.instType[form.version];
    this.#form = form;
    this.#messages = messages;
    this.#tracks = tracks;
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
  }

  /** `value` is what JSON.parse made of the frame. Control frames go to `out` at once. */
  decode(value: unknown, out: MessageHandler): SlowResult {
    const frame = readObject(value);
    if (frame === undefined) return 'malformed';
    if ('event' in frame) return this.#control(frame, out);
    if (frame.action === undefined) return 'ignored';
    const arg = readObject(frame.arg);
    const { action } = frame;
    if (arg === undefined || (action !== 'snapshot' && action !== 'update')) return 'malformed';
    const channel = arg[this.#form.channelKey];
    const symbol = arg[this.#form.symbolKey];
    if (typeof channel !== 'string' || typeof symbol !== 'string') return 'malformed';
    // The same symbol of another market is another instrument.
    const instrument = arg.instType === this.#instType ? this.#bySymbol.get(symbol) : undefined;
    if (instrument === undefined) return 'ignored';
    return this.#data(frame, channel, instrument);
  }

  #data(frame: JsonObject, channel: string, instrument: Instrument): SlowResult {
    const { channels } = this.#form;
    const { data } = frame;
    if (channel === channels.trades) return this.#trades(data, instrument);
    const isBook = channel === channels.book;
    const isQuote = channel === channels.quotes;
    if (!isBook && !isQuote && channel !== channels.derivative) return 'ignored';
    const row = Array.isArray(data) && data.length === 1 ? readObject(data[0]) : undefined;
    if (row === undefined) return 'malformed';
    if (isBook) return this.#book(row, frame.action === 'snapshot', instrument);
    // Both are told whole with each frame.
    if (frame.action !== 'snapshot') return 'malformed';
    return isQuote ? this.#quote(row, instrument) : this.#ticker(row, instrument);
  }

  /** `snapshot` is a backlog of old trades, told at each subscription; who has them passes over. */
  #trades(data: unknown, instrument: Instrument): SlowResult {
    if (!Array.isArray(data)) return 'malformed';
    const messages = this.#messages;
    for (const [i, row] of data.entries()) {
      const message = tradeAt(messages, i);
      message.instrument = instrument.index;
      if (!readTrade(message, readObject(row), this.#form.trade)) return 'malformed';
    }
    messages.tradeCount = data.length;
    return data.length === 0 ? 'ignored' : Kind.trades;
  }

  #book(row: JsonObject, isSnapshot: boolean, instrument: Instrument): SlowResult {
    const message = this.#messages.depth;
    const sequence = readSequence(row.seq);
    const previous = row.pseq === undefined ? null : readSequence(row.pseq);
    if (sequence === undefined || previous === undefined) return 'malformed';
    if (!this.#levels(row, instrument)) return 'malformed';
    message.isSnapshot = isSnapshot;
    this.#tracks.fillIds(message, sequence, previous);
    return Kind.depth;
  }

  #quote(row: JsonObject, instrument: Instrument): SlowResult {
    const sequence = row.seq === undefined ? null : readSequence(row.seq);
    if (sequence === undefined || !this.#levels(row, instrument)) return 'malformed';
    const { depth, quote } = this.#messages;
    if (!fillQuote(quote, depth)) return 'malformed';
    return this.#tracks.isOldQuote(instrument.index, sequence) ? 'ignored' : Kind.quote;
  }

  #levels(row: JsonObject, instrument: Instrument): boolean {
    const message = this.#messages.depth;
    message.instrument = instrument.index;
    message.tsUs = readTime(row.ts);
    message.precisionLoss = false;
    message.checksum = Number.NaN;
    if (message.tsUs < 0) return false;
    return readLevels(message, row[this.#form.bids], row[this.#form.asks]);
  }

  #ticker(row: JsonObject, instrument: Instrument): SlowResult {
    const message = this.#messages.derivative;
    message.instrument = instrument.index;
    message.tsUs = readTime(row.ts);
    if (message.tsUs < 0) return 'malformed';
    const fields = [
      readOptional(row.markPrice, readDecimalText),
      readOptional(row.indexPrice, readDecimalText),
      readOptional(row.fundingRate, readSignedText),
      // "0" is the venue's word for none.
      readOptional(row.nextFundingTime === '0' ? '' : row.nextFundingTime, readTextTime),
      readOptional(row.holdingAmount, readDecimalText),
    ];
    if (fields.includes(WRONG)) return 'malformed';
    const [mark = WRONG, index = WRONG, rate = WRONG, next = WRONG, interest = WRONG] = fields;
    message.markPrice = mark;
    message.indexPrice = index;
    message.fundingRate = rate;
    message.nextFundingUs = next;
    message.openInterest = interest;
    // Most frames bring a new last price only, which is not recorded here.
    const said = fields.join();
    if (this.#tickers.get(instrument.index) === said) return 'ignored';
    this.#tickers.set(instrument.index, said);
    return Kind.derivative;
  }

  #control(frame: JsonObject, out: MessageHandler): DecodeOutcome {
    const { event, arg: about, msg, code } = frame;
    if (typeof event !== 'string') return 'malformed';
    if (event !== 'subscribe' && event !== 'error') return 'ignored';
    const arg = readObject(about);
    const channel = arg?.[this.#form.channelKey];
    const symbol = arg?.[this.#form.symbolKey];
    const isNamed = typeof channel === 'string' && typeof symbol === 'string';
    if (event === 'subscribe') {
      if (!isNamed) return 'malformed';
      out.onStreamAck(streamName(channel, symbol), undefined);
      return 'ok';
    }
    if (typeof msg !== 'string') return 'malformed';
    const isCode = typeof code === 'string' || typeof code === 'number';
    const error = isCode ? `${code} ${msg}` : msg;
    if (isNamed) out.onStreamAck(streamName(channel, symbol), error);
    else out.onAck(NO_REQUEST_ID, error);
    return 'ok';
  }
}

/** False when a side has more than its best level. */
export function fillQuote(quote: Messages['quote'], depth: Messages['depth']): boolean {
  const { prices, sizes, bidCount, askCount } = depth;
  if (bidCount > 1 || askCount > 1) return false;
  quote.instrument = depth.instrument;
  quote.tsUs = depth.tsUs;
  quote.bidPrice = bidCount === 0 ? 0 : (prices[0] as number);
  quote.bidSize = bidCount === 0 ? 0 : (sizes[0] as number);
  quote.askPrice = askCount === 0 ? 0 : (prices[bidCount] as number);
  quote.askSize = askCount === 0 ? 0 : (sizes[bidCount] as number);
  // Nothing says that its `seq` is an id of the deeper book.
  quote.sequence = Number.NaN;
  quote.precisionLoss = depth.precisionLoss;
  return true;
}

function readTrade(
  message: TradeMessage,
  row: JsonObject | undefined,
  fields: WireForm['trade'],
): boolean {
  if (row === undefined) return false;
  const price = row[fields.price];
  const size = row[fields.size];
  const id = row[fields.id];
  // Capitals differ between the venue's interfaces.
  const side = row[fields.side];
  const taker = typeof side === 'string' ? side.toLowerCase() : '';
  if (typeof price !== 'string' || typeof size !== 'string') return false;
  if (typeof id !== 'string' || id === '' || id.length > ID_LENGTH_MAX) return false;
  if (taker !== 'buy' && taker !== 'sell') return false;
  message.tape = 'trade';
  message.tsUs = readTime(row[fields.time]);
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  // Futures are in base units, too.
  message.nativeSize = message.size;
  message.isSell = taker === 'sell';
  message.tradeId = Number.NaN;
  message.textId.set(id);
  message.firstTradeId = Number.NaN;
  message.isMarket = true;
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  return message.tsUs >= 0 && message.price > 0 && message.size > 0;
}

/** Milliseconds as text (v2) or as a number, in µs; else -1. */
function readTime(value: unknown): number {
  const isText = typeof value === 'string' && /^(?:0|[1-9]\d{0,15})$/.test(value);
  return readTimeMs(isText ? Number(value) : value);
}

/** Stands for a field that is none; no price, rate or time is infinite. */
const WRONG = Number.NEGATIVE_INFINITY;

/** NaN for a field that is absent or empty. */
function readOptional(value: unknown, read: (value: unknown) => number): number {
  if (value === undefined || value === '') return Number.NaN;
  const number = read(value);
  return Number.isNaN(number) ? WRONG : number;
}

function readTextTime(value: unknown): number {
  const us = readTime(value);
  return us < 0 ? Number.NaN : us;
}
