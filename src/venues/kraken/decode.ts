/**
 * What a data frame of Kraken means, given as parsed JSON whose long numbers are `NumberText`.
 * Every field used is checked; unknown ones are tolerated; a frame counts only as a whole.
 *
 * A frame is `{"channel":…,"type":"snapshot"|"update","data":[…]}`. One frame may hold rows of
 * several symbols, and several trades.
 */
import type { Instrument } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  MessageHandler,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';
import { isoTimeUs } from '../kit/iso-time.ts';
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import { createDepthMessage, createQuoteMessage, createTradeMessage } from '../kit/messages.ts';
import type { BookChecksum, LevelText } from './checksum.ts';
import { isLong, plainText, readDecimal } from './exact-number.ts';

const CHECKSUM_MAX = 2 ** 32 - 1;

/** A book message and the texts of its long levels, at the levels' places. */
interface BookRow {
  readonly message: DepthMessage;
  readonly texts: (LevelText | undefined)[];
  hasText: boolean;
}

export class FrameDecoder {
  readonly #byName = new Map<string, Instrument>();
  readonly #checksums: ReadonlyMap<number, BookChecksum>;
  readonly #trades: TradeMessage[] = [];
  readonly #quotes: QuoteMessage[] = [];
  readonly #books: BookRow[] = [];

  /** `checksums` by instrument index. */
  constructor(instruments: readonly Instrument[], checksums: ReadonlyMap<number, BookChecksum>) {
    for (const each of instruments) this.#byName.set(each.venueSymbol, each);
    this.#checksums = checksums;
  }

  /** `channel` is one of `trade`, `ticker`, `book`. */
  decode(channel: string, frame: JsonObject, out: MessageHandler): DecodeOutcome {
    const { type, data } = frame;
    if ((type !== 'snapshot' && type !== 'update') || !Array.isArray(data)) return 'malformed';
    let used = 0;
    for (const each of data) {
      const row = readObject(each);
      if (row === undefined || typeof row.symbol !== 'string') return 'malformed';
      const instrument = this.#byName.get(row.symbol);
      if (instrument === undefined) continue;
      const verdict = this.#read(channel, used, row, instrument.index, type === 'snapshot');
      if (verdict === 'malformed') return 'malformed';
      if (verdict === 'ok') used += 1;
    }
    if (used === 0) return 'ignored';
    this.#deliver(channel, used, out);
    return 'ok';
  }

  #read(
    channel: string,
    place: number,
    row: JsonObject,
    instrument: number,
    isSnapshot: boolean,
  ): DecodeOutcome {
    if (channel === 'trade') {
      this.#trades[place] ??= createTradeMessage();
      return readTrade(this.#trades[place], row, instrument) ? 'ok' : 'malformed';
    }
    if (channel === 'ticker') {
      this.#quotes[place] ??= createQuoteMessage();
      return readQuote(this.#quotes[place], row, instrument);
    }
    this.#books[place] ??= { message: createDepthMessage(), texts: [], hasText: false };
    const book = this.#books[place];
    book.message.isSnapshot = isSnapshot;
    return readBook(book, row, instrument) ? 'ok' : 'malformed';
  }

  #deliver(channel: string, count: number, out: MessageHandler): void {
    if (channel === 'trade') {
      this.#sortTrades(count);
      for (let i = 0; i < count; i += 1) out.onTrade(this.#trades[i] as TradeMessage);
    } else if (channel === 'ticker') {
      for (let i = 0; i < count; i += 1) out.onQuote(this.#quotes[i] as QuoteMessage);
    } else {
      for (let i = 0; i < count; i += 1) this.#deliverBook(this.#books[i] as BookRow, out);
    }
  }

  /** Ids of one symbol ascend, so that a backlog in another order makes no gaps for a moment. */
  #sortTrades(count: number): void {
    const trades = this.#trades;
    for (let i = 1; i < count; i += 1) {
      const trade = trades[i] as TradeMessage;
      let to = i;
      for (; to > 0 && (trades[to - 1] as TradeMessage).tradeId > trade.tradeId; to -= 1) {
        trades[to] = trades[to - 1] as TradeMessage;
      }
      trades[to] = trade;
    }
  }

  /** Texts are noted just before the message is, so that both are of the same moment. */
  #deliverBook({ message, texts, hasText }: BookRow, out: MessageHandler): void {
    const checksum = this.#checksums.get(message.instrument);
    if (checksum !== undefined) {
      if (message.isSnapshot) checksum.clearTexts();
      if (hasText || checksum.hasTexts) {
        const count = message.bidCount + message.askCount;
        for (let i = 0; i < count; i += 1) {
          const price = message.prices[i] as number;
          const text = message.sizes[i] === 0 ? undefined : texts[i];
          checksum.setText(i < message.bidCount, price, text);
        }
      }
    }
    // Without the pair's decimals there is nothing to compare.
    if (checksum?.isReady !== true) message.checksum = Number.NaN;
    out.onDepth(message);
  }
}

function readTrade(message: TradeMessage, row: JsonObject, instrument: number): boolean {
  message.instrument = instrument;
  message.tape = 'trade';
  message.tradeId = readId(row.trade_id);
  message.tsUs = isoTimeUs(row.timestamp);
  message.price = readDecimal(row.price);
  message.size = readDecimal(row.qty);
  message.nativeSize = message.size;
  message.precisionLoss = isLong(row.price) || isLong(row.qty);
  message.isMarket = true;
  // The taker's side, as documented.
  message.isSell = row.side === 'sell';
  if (row.side !== 'sell' && row.side !== 'buy') return false;
  return message.tradeId >= 0 && message.tsUs >= 0 && message.price > 0 && message.size > 0;
}

function readQuote(message: QuoteMessage, row: JsonObject, instrument: number): DecodeOutcome {
  message.instrument = instrument;
  message.sequence = Number.NaN;
  message.bidPrice = readDecimal(row.bid);
  message.bidSize = readDecimal(row.bid_qty);
  message.askPrice = readDecimal(row.ask);
  message.askSize = readDecimal(row.ask_qty);
  message.precisionLoss = [row.bid, row.bid_qty, row.ask, row.ask_qty].some(isLong);
  // Older servers send no time.
  message.tsUs = row.timestamp === undefined ? Number.NaN : isoTimeUs(row.timestamp);
  if (row.timestamp !== undefined && Number.isNaN(message.tsUs)) return 'malformed';
  const { bidPrice, bidSize, askPrice, askSize } = message;
  if (!(bidPrice >= 0 && bidSize >= 0 && askPrice >= 0 && askSize >= 0)) return 'malformed';
  // 0 stands for no order on that side.
  if (bidPrice === 0) message.bidPrice = Number.NaN;
  if (askPrice === 0) message.askPrice = Number.NaN;
  // A quote of the epoch's first moment is one that never was.
  return message.tsUs <= 0 ? 'ignored' : 'ok';
}

function readBook(book: BookRow, row: JsonObject, instrument: number): boolean {
  const { message } = book;
  const { bids, asks, checksum, timestamp } = row;
  if (!Array.isArray(bids) || !Array.isArray(asks)) return false;
  if (!(readId(checksum) >= 0 && readId(checksum) <= CHECKSUM_MAX)) return false;
  message.instrument = instrument;
  message.checksum = readId(checksum);
  // Snapshots of older servers have no time.
  message.tsUs = timestamp === undefined ? Number.NaN : isoTimeUs(timestamp);
  if (timestamp !== undefined && !(message.tsUs >= 0)) return false;
  message.firstId = Number.NaN;
  message.lastId = Number.NaN;
  message.previousId = Number.NaN;
  message.bidCount = bids.length;
  message.askCount = asks.length;
  message.precisionLoss = false;
  book.texts.length = 0;
  book.hasText = false;
  growLevels(message, bids.length + asks.length);
  return readLevels(book, bids, 0) && readLevels(book, asks, bids.length);
}

function readLevels(book: BookRow, levels: readonly unknown[], start: number): boolean {
  const { message, texts } = book;
  for (const [i, each] of levels.entries()) {
    const level = readObject(each);
    if (level === undefined) return false;
    const price = readDecimal(level.price);
    const size = readDecimal(level.qty);
    if (!(price > 0 && size >= 0)) return false;
    message.prices[start + i] = price;
    message.sizes[start + i] = size;
    if (!isLong(level.price) && !isLong(level.qty)) continue;
    message.precisionLoss = true;
    book.hasText = true;
    texts[start + i] = { price: plainText(level.price), size: plainText(level.qty) };
  }
  return true;
}
