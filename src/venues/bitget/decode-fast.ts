/**
 * The frames Bitget sends all day, decoded straight from their bytes: trades, best bid and offer,
 * and books of instruments we know, with `action`, `arg` and `data` in the order the venue writes
 * them.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import type { Instrument } from '../../model/instrument.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  JsonScanner,
  keyCode,
  template,
} from '../kit/json-scan.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { BookScanner } from './book-scan.ts';
import type { BookTracks } from './book-tracks.ts';
import { fillQuote } from './decode-slow.ts';
import { Kind, type Messages } from './decoded.ts';
import type { BitgetFeed } from './feeds.ts';
import { TradeScanner } from './trade-scan.ts';
import type { WireForm } from './wire-form.ts';

const SNAPSHOT = template('{"action":"snapshot"');
const UPDATE = template('{"action":"update"');
const DATA = template(',"data":[');
const TS = keyCode('ts');
/** Streams stand in the table as instrument × this + kind. */
const KINDS = 8;

export class FastDecoder {
  readonly #scan = new JsonScanner();
  readonly #messages: Messages;
  readonly #tracks: BookTracks;
  readonly #arg: Uint8Array;
  /** By what stands between the channel's opening quote and the end of `arg`. */
  readonly #streams: SymbolTable;
  readonly #trades: TradeScanner;
  readonly #book: BookScanner;

  constructor(
    feed: BitgetFeed,
    form: WireForm,
    instruments: readonly Instrument[],
    messages: Messages,
    tracks: BookTracks,
  ) {
    this.#messages = messages;
    this.#tracks = tracks;
    this.#arg = template(
      `,"arg":{"instType":"${feed.instType[form.version]}","${form.channelKey}":"`,
    );
    const kinds = [
      [form.channels.trades, Kind.trades],
      [form.channels.quotes, Kind.quote],
      [form.channels.book, Kind.depth],
    ] as const;
    const streams = instruments.flatMap(({ index, venueSymbol }) =>
      kinds.map(([channel, kind]): [string, number] => [
        `${channel}","${form.symbolKey}":"${venueSymbol}"`,
        index * KINDS + kind,
      ]),
    );
    this.#streams = new SymbolTable(streams);
    this.#trades = new TradeScanner(form);
    this.#book = new BookScanner(form);
  }

  /** Fills messages of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind | 'ignored' {
    const scan = this.#scan;
    scan.reset(frame, length);
    const isSnapshot = scan.match(SNAPSHOT);
    if (!isSnapshot && !scan.match(UPDATE)) return Kind.unknown;
    if (!scan.match(this.#arg)) return Kind.unknown;
    const stream = this.#streams.findUntil(scan.bytes, scan.at, scan.limit, CLOSE_OBJECT);
    if (stream < 0) return Kind.unknown;
    scan.at = this.#streams.end + 1;
    if (!scan.match(DATA)) return Kind.unknown;
    const kind = (stream % KINDS) as Kind;
    const instrument = Math.floor(stream / KINDS);
    if (kind === Kind.trades) {
      const isRead = this.#trades.scan(scan, this.#messages, instrument);
      return isRead && skipRest(scan) ? kind : Kind.unknown;
    }
    return this.#bookKind(kind, instrument, isSnapshot);
  }

  #bookKind(kind: Kind, instrument: number, isSnapshot: boolean): Kind | 'ignored' {
    const scan = this.#scan;
    const { depth, quote } = this.#messages;
    const book = this.#book;
    depth.instrument = instrument;
    if (!book.scan(scan, depth) || !scan.matchByte(CLOSE_ARRAY) || !skipRest(scan)) {
      return Kind.unknown;
    }
    depth.precisionLoss = scan.decimals.precisionLoss;
    depth.checksum = Number.NaN;
    if (kind === Kind.depth) {
      depth.isSnapshot = isSnapshot;
      // Only now that all of the frame is read may the sequence move on.
      this.#tracks.fillIds(depth, book.sequence, book.hasPrevious ? book.previous : null);
      return kind;
    }
    if (!isSnapshot || !fillQuote(quote, depth)) return Kind.unknown;
    return this.#tracks.isOldQuote(instrument, book.sequence) ? 'ignored' : kind;
  }
}

/** Passes over plain fields up to the frame's last byte. */
function skipRest(scan: JsonScanner): boolean {
  let next = scan.take();
  while (next === COMMA) {
    // A key of three or four letters might be `arg` or `data` once more: the last one counts.
    if (scan.key() !== TS || !scan.skipScalar()) return false;
    next = scan.take();
  }
  return next === CLOSE_OBJECT && scan.isDone;
}
