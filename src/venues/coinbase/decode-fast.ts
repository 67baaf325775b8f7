/**
 * The frames Coinbase sends all day, read straight from their bytes: matches, tickers and changes
 * of books. What it is not sure of is the slow path's (`decode.ts`), which defines what every frame
 * means. Invariant: what is accepted here, the slow path reads equally.
 */
import type { Instrument } from '../../model/instrument.ts';
import type { DepthMessage, QuoteMessage, TradeMessage } from '../contract.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import {
  choice,
  constant,
  isoTime,
  name,
  object,
  openTuple,
  quotedDecimal,
  rows,
  type Spec,
  unsigned,
} from '../kit/frame-spec.ts';
import { growLevels } from '../kit/levels.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { SymbolTable } from '../kit/symbol-table.ts';

export const FastKind = { unknown: -1, trade: 0, quote: 1, changes: 2 } as const;
export type FastKind = (typeof FastKind)[keyof typeof FastKind];

const Slot = {
  product: 0,
  time: 1,
  id: 2,
  price: 3,
  size: 4,
  side: 5,
  bid: 6,
  bidSize: 7,
  ask: 8,
  askSize: 9,
} as const;
const Row = { side: 0, price: 1, size: 2, slots: 3 } as const;
const SIDES = ['buy', 'sell'];
const BUY = 0;

export class FastDecoder {
  readonly #reader: FrameReader;

  constructor(instruments: readonly Instrument[]) {
    const table = new SymbolTable(
      instruments.map(({ venueSymbol, index }) => [venueSymbol, index]),
    );
    this.#reader = new FrameReader(frameSpecs(table), [Row.slots]);
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** What the frame is; its values stay until the next one. */
  read(frame: Uint8Array, length: number): FastKind {
    const kind = this.#reader.read(frame, length) as FastKind;
    // The year 1 and the epoch itself are no times of a frame.
    return (this.#reader.values[Slot.time] as number) > 0 ? kind : FastKind.unknown;
  }

  learn(frame: Uint8Array, length: number): void {
    this.#reader.learn(frame, length);
  }

  /** False when not sure, as in all below. */
  fillTrade(message: TradeMessage): boolean {
    const { values, precisionLoss } = this.#reader;
    message.instrument = values[Slot.product] as number;
    message.tape = 'trade';
    message.tradeId = values[Slot.id] as number;
    message.tsUs = values[Slot.time] as number;
    message.price = values[Slot.price] as number;
    message.size = values[Slot.size] as number;
    message.nativeSize = message.size;
    message.precisionLoss = precisionLoss;
    message.isMarket = true;
    // The side is the MAKER's: a buyer was there, so the aggressor sold.
    message.isSell = values[Slot.side] === BUY;
    return message.price > 0 && message.size > 0;
  }

  fillQuote(message: QuoteMessage): boolean {
    const { values, precisionLoss } = this.#reader;
    message.instrument = values[Slot.product] as number;
    message.sequence = values[Slot.id] as number;
    message.tsUs = values[Slot.time] as number;
    message.bidPrice = values[Slot.bid] as number;
    message.bidSize = values[Slot.bidSize] as number;
    message.askPrice = values[Slot.ask] as number;
    message.askSize = values[Slot.askSize] as number;
    message.precisionLoss = precisionLoss;
    // Sides without orders are the slow path's.
    return message.bidPrice > 0 && message.askPrice > 0;
  }

  /** Bids first, asks behind them, each in the frame's order. */
  fillChanges(message: DepthMessage): boolean {
    const { values, groups } = this.#reader;
    const changes = groups[0] as RowGroup;
    message.instrument = values[Slot.product] as number;
    message.isSnapshot = false;
    message.firstId = Number.NaN;
    message.lastId = Number.NaN;
    message.previousId = Number.NaN;
    message.checksum = Number.NaN;
    message.tsUs = values[Slot.time] as number;
    message.precisionLoss = changes.precisionLoss;
    growLevels(message, changes.count);
    message.bidCount = takeSide(message, changes, BUY, 0);
    message.askCount = takeSide(message, changes, 1 - BUY, message.bidCount);
    return message.bidCount + message.askCount === changes.count;
  }
}

/** Levels of one side to `start` and on; how many, without those that are none. */
function takeSide(
  { prices, sizes }: DepthMessage,
  { values, count, stride }: RowGroup,
  side: number,
  start: number,
): number {
  let to = start;
  for (let i = 0, from = 0; i < count; i += 1, from += stride) {
    const price = values[from + Row.price] as number;
    if (values[from + Row.side] !== side || !(price > 0)) continue;
    prices[to] = price;
    sizes[to] = values[from + Row.size] as number;
    to += 1;
  }
  return to - start;
}

/** In the order of `FastKind`. */
function frameSpecs(table: SymbolTable): readonly Spec[] {
  const head = { product_id: name(Slot.product, table), time: isoTime(Slot.time) };
  const change = openTuple(
    choice(Row.side, SIDES),
    quotedDecimal(Row.price),
    quotedDecimal(Row.size),
  );
  return [
    object({
      ...head,
      type: constant('match', 'last_match'),
      trade_id: unsigned(Slot.id),
      price: quotedDecimal(Slot.price),
      size: quotedDecimal(Slot.size),
      side: choice(Slot.side, SIDES),
    }),
    object({
      ...head,
      type: constant('ticker'),
      sequence: unsigned(Slot.id),
      best_bid: quotedDecimal(Slot.bid),
      best_bid_size: quotedDecimal(Slot.bidSize),
      best_ask: quotedDecimal(Slot.ask),
      best_ask_size: quotedDecimal(Slot.askSize),
    }),
    object({ ...head, type: constant('l2update'), changes: rows(0, change) }),
  ];
}
