/**
 * The frames Bybit sends all day, read straight from their bytes: `publicTrade` and the books of
 * depth 1 and of the depth that is followed, of instruments we know.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { Instrument } from '../../model/instrument.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import {
  choice,
  constant,
  flag,
  name,
  never,
  object,
  optional,
  quotedDecimal,
  rows,
  type Spec,
  same,
  text,
  tuple,
  unsigned,
} from '../kit/frame-spec.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { takeLevels } from '../kit/row-levels.ts';
import { MS_MAX, takeTrade } from '../kit/row-trade.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { fillQuote } from './decode-slow.ts';
import { Kind, type Messages, tradeAt } from './decoded.ts';
import { BOOK_DEPTH } from './subscribe.ts';

/** Of each specification, in their order. */
const KINDS = [Kind.trades, Kind.depth, Kind.quote] as const;
const Slot = { symbol: 0, pushed: 1, engine: 2, type: 3, id: 4 } as const;
const Row = { time: 0, side: 1, size: 2, price: 3, id: 4, isBlock: 6, slots: 7 } as const;
const LEVEL_SLOTS = 2;
const Group = { trades: 0, bids: 1, asks: 2 } as const;
const SIDES = ['Buy', 'Sell'];
const TYPES = ['delta', 'snapshot'];

export class FastDecoder {
  readonly #messages: Messages;
  readonly #reader: FrameReader;

  constructor(instruments: readonly Instrument[], messages: Messages) {
    this.#messages = messages;
    const table = new SymbolTable(
      instruments.map(({ venueSymbol, index }) => [venueSymbol, index]),
    );
    this.#reader = new FrameReader(frameSpecs(table), [Row.slots, LEVEL_SLOTS, LEVEL_SLOTS]);
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** Fills messages of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind {
    const kind = KINDS[this.#reader.read(frame, length)];
    if (kind === undefined) return Kind.unknown;
    const isRead = kind === Kind.trades ? this.#trades() : this.#book(kind);
    return isRead ? kind : Kind.unknown;
  }

  /** The slow path took this frame. */
  learn(frame: Uint8Array, length: number): void {
    this.#reader.learn(frame, length);
  }

  #trades(): boolean {
    const group = this.#reader.groups[Group.trades] as RowGroup;
    const instrument = this.#reader.values[Slot.symbol] as number;
    for (let i = 0, base = 0; i < group.count; i += 1, base += group.stride) {
      const message = tradeAt(this.#messages, i);
      if (!takeTrade(message, instrument, this.#reader, group, base, Row)) return false;
      message.isMarket = group.values[base + Row.isBlock] === 0;
    }
    this.#messages.tradeCount = group.count;
    return group.count > 0;
  }

  #book(kind: Kind): boolean {
    const { values, groups } = this.#reader;
    const { depth, quote } = this.#messages;
    const engineMs = values[Slot.engine] as number;
    const ms = engineMs >= 0 ? engineMs : (values[Slot.pushed] as number);
    depth.instrument = values[Slot.symbol] as number;
    depth.isSnapshot = values[Slot.type] === 1;
    depth.lastId = values[Slot.id] as number;
    depth.firstId = depth.lastId;
    depth.previousId = Number.NaN;
    depth.checksum = Number.NaN;
    depth.tsUs = ms * US_PER_MS;
    takeLevels(depth, groups[Group.bids], groups[Group.asks]);
    if (ms < 0 || ms > MS_MAX) return false;
    return kind === Kind.depth || (depth.isSnapshot && fillQuote(quote, depth));
  }
}

/** In the order of `KINDS`. */
function frameSpecs(table: SymbolTable): readonly Spec[] {
  const trade = object({
    T: unsigned(Row.time),
    s: same,
    S: choice(Row.side, SIDES),
    v: quotedDecimal(Row.size),
    p: quotedDecimal(Row.price),
    i: text(Row.id),
    BT: optional(flag(Row.isBlock), 0),
  });
  const level = tuple(quotedDecimal(0), quotedDecimal(1));
  const data = object({
    s: same,
    u: unsigned(Slot.id),
    b: rows(Group.bids, level),
    a: rows(Group.asks, level),
  });
  const book = (depth: number) =>
    object({
      op: never,
      topic: name(Slot.symbol, table, new RegExp(`^(orderbook\\.${depth}\\.)([^.]+)()$`)),
      type: choice(Slot.type, TYPES),
      ts: optional(unsigned(Slot.pushed), -1),
      cts: optional(unsigned(Slot.engine), -1),
      data,
    });
  const trades = object({
    op: never,
    topic: name(Slot.symbol, table, /^(publicTrade\.)([^.]+)()$/),
    type: constant('snapshot'),
    data: rows(Group.trades, trade),
  });
  return [trades, book(BOOK_DEPTH), book(1)];
}
