/**
 * The frames Bybit sends all day, decoded straight from their bytes: trades and books of
 * instruments we know. Keys behind `topic` may come in any order, as the documents' examples differ
 * in it; unknown plain fields are passed over.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DepthMessage } from '../contract.ts';
import {
  CLOSE_OBJECT,
  COMMA,
  JsonScanner,
  keyCode,
  OPEN_OBJECT,
  QUOTE,
  template,
} from '../kit/json-scan.ts';
import { scanLevels } from '../kit/level-scan.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { fillQuote } from './decode-slow.ts';
import { Kind, type Messages } from './decoded.ts';
import { BOOK_DEPTH } from './subscribe.ts';
import { scanTrades } from './trade-scan.ts';

const FRAME_START = template('{"topic":"');
const SNAPSHOT = template('"type":"snapshot"');
const DELTA = template('"type":"delta"');
const PUSHED = template('"ts":');
const ENGINE = template('"cts":');
const DATA = template('"data":');

const Key = { symbol: keyCode('s'), bids: keyCode('b'), asks: keyCode('a'), id: keyCode('u') };
const Field = { other: 0, symbol: 1, bids: 2, asks: 4, id: 8 } as const;
const BOOK_FIELDS = Field.symbol | Field.bids | Field.asks | Field.id;
/** Envelope fields seen. */
const Part = { other: 0, type: 1, pushed: 2, engine: 4, data: 8 } as const;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);
/** Topics stand in the table as instrument × this + kind. */
const KINDS = 8;

export class FastDecoder {
  readonly #scan = new JsonScanner();
  readonly #messages: Messages;
  readonly #topics: SymbolTable;
  /** `"BTCUSDT"` of each instrument, as the payload must name it. */
  readonly #names: readonly Uint8Array[];
  #isSnapshot = false;
  #pushedUs = -1;
  #engineUs = -1;

  constructor(instruments: readonly Instrument[], messages: Messages) {
    this.#messages = messages;
    const names: Uint8Array[] = [];
    const topics: [string, number][] = [];
    for (const { index, venueSymbol } of instruments) {
      names[index] = template(`"${venueSymbol}"`);
      topics.push([`publicTrade.${venueSymbol}`, index * KINDS + Kind.trades]);
      topics.push([`orderbook.1.${venueSymbol}`, index * KINDS + Kind.quote]);
      topics.push([`orderbook.${BOOK_DEPTH}.${venueSymbol}`, index * KINDS + Kind.depth]);
    }
    this.#names = names;
    this.#topics = new SymbolTable(topics);
  }

  /** Fills messages of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind {
    const scan = this.#scan;
    scan.reset(frame, length);
    if (!scan.match(FRAME_START)) return Kind.unknown;
    const topic = this.#topics.findUntil(scan.bytes, scan.at, scan.limit, QUOTE);
    if (topic < 0) return Kind.unknown;
    scan.at = this.#topics.end + 1;
    const kind = (topic % KINDS) as Kind;
    return this.#scanFrame(kind, Math.floor(topic / KINDS)) ? kind : Kind.unknown;
  }

  #scanFrame(kind: Kind, instrument: number): boolean {
    const scan = this.#scan;
    let seen = 0;
    this.#engineUs = -1;
    let next = scan.take();
    while (next === COMMA) {
      const part = this.#scanPart(kind, instrument);
      if (part < 0 || (seen & part) !== 0) return false;
      seen |= part;
      next = scan.take();
    }
    if (next !== CLOSE_OBJECT || !scan.isDone) return false;
    if ((seen & (Part.type | Part.data)) !== (Part.type | Part.data)) return false;
    return kind === Kind.trades ? this.#isSnapshot : this.#finishBook(kind, instrument, seen);
  }

  #scanPart(kind: Kind, instrument: number): number {
    const scan = this.#scan;
    if (scan.match(DATA)) {
      const isRead =
        kind === Kind.trades
          ? scanTrades(scan, this.#messages, instrument, this.#names[instrument] as Uint8Array)
          : scanBook(scan, this.#messages.depth, this.#names[instrument] as Uint8Array);
      return isRead ? Part.data : -1;
    }
    if (scan.match(PUSHED)) {
      this.#pushedUs = scanTimeUs(scan);
      // Of a trade frame only the trades' own times count, whatever stands here.
      return this.#pushedUs >= 0 ? Part.pushed : -1;
    }
    if (scan.match(ENGINE)) {
      this.#engineUs = scanTimeUs(scan);
      return this.#engineUs >= 0 ? Part.engine : -1;
    }
    if (scan.match(SNAPSHOT)) {
      this.#isSnapshot = true;
      return Part.type;
    }
    if (scan.match(DELTA)) {
      this.#isSnapshot = false;
      return Part.type;
    }
    return -1;
  }

  #finishBook(kind: Kind, instrument: number, seen: number): boolean {
    const { depth, quote } = this.#messages;
    if ((seen & (Part.pushed | Part.engine)) === 0) return false;
    depth.instrument = instrument;
    depth.isSnapshot = this.#isSnapshot;
    depth.firstId = depth.lastId;
    depth.previousId = Number.NaN;
    depth.checksum = Number.NaN;
    depth.tsUs = this.#engineUs >= 0 ? this.#engineUs : this.#pushedUs;
    depth.precisionLoss = this.#scan.decimals.precisionLoss;
    return kind === Kind.depth || (this.#isSnapshot && fillQuote(quote, depth));
  }
}

export function scanTimeUs(scan: JsonScanner): number {
  const ms = scan.unsigned();
  return ms >= 0 && ms <= MS_MAX ? ms * US_PER_MS : -1;
}

/** The data object of a book, bids before asks. */
function scanBook(scan: JsonScanner, message: DepthMessage, name: Uint8Array): boolean {
  if (!scan.matchByte(OPEN_OBJECT)) return false;
  message.bidCount = -1;
  let seen = 0;
  let next = COMMA;
  while (next === COMMA) {
    const field = scanBookField(scan, message, name);
    if (field < 0 || (seen & field) !== 0) return false;
    seen |= field;
    next = scan.take();
  }
  return next === CLOSE_OBJECT && seen === BOOK_FIELDS;
}

function scanBookField(scan: JsonScanner, message: DepthMessage, name: Uint8Array): number {
  const key = scan.key();
  if (key === Key.bids) {
    message.bidCount = scanLevels(scan, message, 0);
    return message.bidCount >= 0 ? Field.bids : -1;
  }
  if (key === Key.asks) {
    // Asks lie behind the bids, so these have to be known.
    if (message.bidCount < 0) return -1;
    message.askCount = scanLevels(scan, message, message.bidCount);
    return message.askCount >= 0 ? Field.asks : -1;
  }
  if (key === Key.id) {
    message.lastId = scan.unsigned();
    return message.lastId >= 0 ? Field.id : -1;
  }
  if (key === Key.symbol) return scan.match(name) ? Field.symbol : -1;
  return key >= 0 && scan.skipScalar() ? Field.other : -1;
}
