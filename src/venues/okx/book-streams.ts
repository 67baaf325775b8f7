/**
 * The incremental book channels of all instruments: ids, texts for the checksum, and where the next
 * snapshot will come from.
 */
import type { BookView, DecodeOutcome, DepthMessage, MessageHandler } from '../contract.ts';
import type { JsonObject } from '../kit/json-fields.ts';
import { createDepthMessage } from '../kit/messages.ts';
import { ChainWatch } from './book-sync.ts';
import { type DepthTexts, readDepth } from './decode-depth.ts';
import type { FastDecoder } from './decode-fast.ts';
import type { Market, Markets } from './markets.ts';
import { SnapshotSource } from './snapshot-source.ts';
import { TextBook } from './text-book.ts';

/** One document, three depths and speeds. */
const NAMES: readonly string[] = ['books', 'books-l2-tbt', 'books50-l2-tbt'];
const CHANNELS: ReadonlySet<string> = new Set(NAMES);

/** A book without checksum needs none. */
const NO_TEXTS: DepthTexts = { bids: [], asks: [] };

interface BookStream {
  /** The channel it was first seen on; a recording may hold several, and their ids mix badly. */
  readonly channel: string;
  readonly chain: ChainWatch;
  /** Only while checksums come, from a snapshot on. */
  texts: TextBook | undefined;
}

export class BookStreams {
  static readonly NAMES = NAMES;
  readonly source = new SnapshotSource();
  readonly #markets: Markets;
  readonly #message = createDepthMessage();
  readonly #streams = new Map<number, BookStream>();

  constructor(markets: Markets) {
    this.#markets = markets;
  }

  static has(channel: string): boolean {
    return CHANNELS.has(channel);
  }

  onSubscribed(channel: string, market: Market): void {
    if (CHANNELS.has(channel)) this.source.onSubscribed(market.index);
  }

  decode(
    channel: string,
    market: Market,
    action: unknown,
    rows: readonly JsonObject[],
    out: MessageHandler,
  ): DecodeOutcome {
    const isSnapshot = action === 'snapshot';
    const [row] = rows;
    if ((!isSnapshot && action !== 'update') || row === undefined || rows.length > 1) {
      return 'malformed';
    }
    const message = this.#message;
    const texts = readDepth(row, isSnapshot, market, message);
    if (texts === undefined) return 'malformed';
    return this.#deliver(channel, market, texts, out);
  }

  /** The same for a frame that the fast path reads; undefined when that is not sure. */
  decodeFast(
    fast: FastDecoder,
    isSnapshot: boolean,
    out: MessageHandler,
  ): DecodeOutcome | undefined {
    const { market, channel } = fast;
    if (!fast.fillDepth(this.#message, market, isSnapshot)) return undefined;
    return this.#deliver(channel, market, NO_TEXTS, out);
  }

  #deliver(channel: string, market: Market, texts: DepthTexts, out: MessageHandler): DecodeOutcome {
    const message = this.#message;
    const stream = this.#streams.get(market.index) ?? this.#open(channel, market);
    if (stream.channel !== channel) return 'ignored';
    if (message.isSnapshot) this.source.onSnapshot(market.index);
    else this.source.onUpdate(market.index);
    this.#note(stream, message, texts);
    out.onDepth(message);
    return 'ok';
  }

  /** A snapshot of REST has no texts in step with the stream's. */
  onRestSnapshot(market: Market): void {
    const stream = this.#streams.get(market.index);
    if (stream !== undefined) stream.texts = undefined;
  }

  verify(message: DepthMessage, book: BookView): boolean {
    const market = this.#markets.byIndex(message.instrument);
    const texts = this.#streams.get(message.instrument)?.texts;
    if (market === undefined || texts === undefined) return false;
    return texts.verify(message.checksum, market, book);
  }

  #open(channel: string, market: Market): BookStream {
    const stream = { channel, chain: new ChainWatch(), texts: undefined };
    this.#streams.set(market.index, stream);
    return stream;
  }

  #note(stream: BookStream, message: DepthMessage, { bids, asks }: DepthTexts): void {
    const { isSnapshot, lastId, previousId, checksum } = message;
    if (isSnapshot) stream.chain.restart(lastId);
    else if (stream.chain.note(previousId, lastId)) message.firstId = Number.NaN;
    if (Number.isNaN(checksum)) {
      stream.texts = undefined;
    } else if (isSnapshot) {
      stream.texts = new TextBook();
      stream.texts.apply(bids, asks);
    } else if (stream.texts === undefined) {
      // The texts before this update are not known, so its checksum proves nothing.
      message.checksum = Number.NaN;
    } else stream.texts.apply(bids, asks);
  }
}
