/**
 * The frames Hyperliquid sends all day, read straight from their bytes: trades, best bid and offer,
 * and books. What it is not sure of is the slow path's (`decode.ts`), which defines what every
 * frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DepthMessage, QuoteMessage, TradeMessage } from '../contract.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import {
  choice,
  constant,
  digits,
  flag,
  name,
  object,
  optional,
  quotedDecimal,
  rows,
  type Spec,
  tuple,
  unsigned,
} from '../kit/frame-spec.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { takeLevels } from '../kit/row-levels.ts';
import { SymbolTable } from '../kit/symbol-table.ts';

export const FastKind = { unknown: -1, trades: 0, quote: 1, book: 2 } as const;
export type FastKind = (typeof FastKind)[keyof typeof FastKind];

const Slot = { coin: 0, time: 1, isFast: 2, bid: 3, bidSize: 4, ask: 5, askSize: 6 } as const;
const Row = { coin: 0, side: 1, price: 2, size: 3, time: 4, id: 5, slots: 7 } as const;
/** Longer ids may be beyond 2^53: these are the slow path's. */
const ID_DIGITS_MAX = 15;
const LEVEL_SLOTS = 2;
const Group = { trades: 0, bids: 1, asks: 2 } as const;
/** Bid and ask: who was hit, so that a trade on `A` was sold. */
const SIDES = ['B', 'A'];
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

export class FastDecoder {
  readonly #reader: FrameReader;
  /** By index: names that the venue gave to another market are the slow path's. */
  readonly #isKnown: boolean[] = [];
  readonly #coins: Map<string, number>;

  constructor(instruments: readonly Instrument[]) {
    this.#coins = new Map(instruments.map(({ venueSymbol, index }) => [venueSymbol, index]));
    for (const { index } of instruments) this.#isKnown[index] = true;
    const table = new SymbolTable([...this.#coins]);
    this.#reader = new FrameReader(frameSpecs(table), [Row.slots, LEVEL_SLOTS, LEVEL_SLOTS]);
  }

  forget(coin: string): void {
    const index = this.#coins.get(coin);
    if (index !== undefined) this.#isKnown[index] = false;
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** What the frame is; its values stay until the next one. */
  read(frame: Uint8Array, length: number): FastKind {
    return this.#reader.read(frame, length) as FastKind;
  }

  learn(frame: Uint8Array, length: number): void {
    this.#reader.learn(frame, length);
  }

  get tradeCount(): number {
    return (this.#reader.groups[Group.trades] as RowGroup).count;
  }

  get isFastBook(): boolean {
    return this.#reader.values[Slot.isFast] === 1;
  }

  /** Fills `message` with the trade number `index`; false when not sure. */
  fillTrade(message: TradeMessage, index: number): boolean {
    const group = this.#reader.groups[Group.trades] as RowGroup;
    const { values, stride } = group;
    const at = index * stride;
    const ms = values[at + Row.time] as number;
    message.instrument = values[at + Row.coin] as number;
    message.tsUs = ms * US_PER_MS;
    message.price = values[at + Row.price] as number;
    message.size = values[at + Row.size] as number;
    message.nativeSize = message.size;
    message.isSell = values[at + Row.side] === 1;
    const idFrom = values[at + Row.id] as number;
    const idTo = values[at + Row.id + 1] as number;
    if (idTo - idFrom > ID_DIGITS_MAX) return false;
    this.#reader.readId(message.textId, idFrom, idTo);
    message.precisionLoss = group.lost(at);
    const isKnown = this.#isKnown[message.instrument] === true;
    return isKnown && ms <= MS_MAX && message.price > 0 && message.size > 0;
  }

  fillQuote(message: QuoteMessage): boolean {
    const { values, precisionLoss } = this.#reader;
    message.instrument = values[Slot.coin] as number;
    message.tsUs = this.#timeUs();
    message.bidPrice = values[Slot.bid] as number;
    message.bidSize = values[Slot.bidSize] as number;
    message.askPrice = values[Slot.ask] as number;
    message.askSize = values[Slot.askSize] as number;
    message.precisionLoss = precisionLoss;
    if (message.tsUs < 0 || this.#isKnown[message.instrument] !== true) return false;
    const hasBid = message.bidPrice > 0 && message.bidSize > 0;
    return hasBid && message.askPrice > 0 && message.askSize > 0;
  }

  fillBook(message: DepthMessage): boolean {
    const { values, groups } = this.#reader;
    message.instrument = values[Slot.coin] as number;
    message.isSnapshot = true;
    message.tsUs = this.#timeUs();
    takeLevels(message, groups[Group.bids], groups[Group.asks]);
    if (message.tsUs < 0 || this.#isKnown[message.instrument] !== true) return false;
    const count = message.bidCount + message.askCount;
    for (let i = 0; i < count; i += 1) {
      if (!((message.prices[i] as number) > 0 && (message.sizes[i] as number) > 0)) return false;
    }
    return true;
  }

  #timeUs(): number {
    const ms = this.#reader.values[Slot.time] as number;
    return ms <= MS_MAX ? ms * US_PER_MS : -1;
  }
}

/** In the order of `FastKind`. */
function frameSpecs(table: SymbolTable): readonly Spec[] {
  const trade = object({
    coin: name(Row.coin, table),
    side: choice(Row.side, SIDES),
    px: quotedDecimal(Row.price),
    sz: quotedDecimal(Row.size),
    time: unsigned(Row.time),
    tid: digits(Row.id),
  });
  const level = object({ px: quotedDecimal(0), sz: quotedDecimal(1) });
  const best = (price: number, size: number) =>
    object({ px: quotedDecimal(price), sz: quotedDecimal(size) });
  const head = { coin: name(Slot.coin, table), time: unsigned(Slot.time) };
  const frame = (channel: string, data: Spec) => object({ channel: constant(channel), data });
  return [
    frame('trades', rows(Group.trades, trade)),
    frame(
      'bbo',
      object({
        ...head,
        bbo: tuple(best(Slot.bid, Slot.bidSize), best(Slot.ask, Slot.askSize)),
      }),
    ),
    frame(
      'l2Book',
      object({
        ...head,
        levels: tuple(rows(Group.bids, level), rows(Group.asks, level)),
        fast: optional(flag(Slot.isFast), 0),
      }),
    ),
  ];
}
