/**
 * The frames OKX sends all day, read straight from their bytes: trades, best bid and offer, and
 * updates of books. What it is not sure of is the slow path's (`protocol.ts`), which defines what
 * every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { DepthMessage, QuoteMessage, TradeMessage } from '../contract.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import {
  choice,
  constant,
  name,
  never,
  object,
  openTuple,
  optional,
  quotedDecimal,
  quotedUnsigned,
  rangedDecimal,
  rows,
  type Spec,
  same,
  tuple,
  unsigned,
} from '../kit/frame-spec.ts';
import { growLevels } from '../kit/levels.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { BookStreams } from './book-streams.ts';
import { baseUnits, isSizeKnown, type Market, type Markets } from './markets.ts';

export const FastKind = {
  unknown: -1,
  trades: 0,
  aggTrades: 1,
  quote: 2,
  update: 3,
  snapshot: 4,
} as const;
export type FastKind = (typeof FastKind)[keyof typeof FastKind];

const Slot = { market: 0, ts: 1, id: 2, previousId: 3, channel: 4 } as const;
const Row = { id: 0, price: 1, size: 2, side: 5, ts: 6, count: 7, slots: 9 } as const;
/** Price, size, and the text of the size. */
const LEVEL_SLOTS = 4;
const Group = { trades: 0, bids: 1, asks: 2 } as const;
const SIDES = ['buy', 'sell'];
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

export class FastDecoder {
  readonly #markets: readonly Market[];
  readonly #reader: FrameReader;

  constructor(markets: Markets) {
    this.#markets = markets.all;
    const table = new SymbolTable(markets.all.map(({ instId }, place) => [instId, place]));
    this.#reader = new FrameReader(frameSpecs(table), [Row.slots, LEVEL_SLOTS, LEVEL_SLOTS]);
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

  get market(): Market {
    return this.#markets[this.#reader.values[Slot.market] as number] as Market;
  }

  /** Of a book. */
  get channel(): string {
    return BookStreams.NAMES[this.#reader.values[Slot.channel] as number] as string;
  }

  get tradeCount(): number {
    return (this.#reader.groups[Group.trades] as RowGroup).count;
  }

  /** Fills `message` with the trade number `index`; false when not sure. */
  fillTrade(message: TradeMessage, market: Market, index: number): boolean {
    const group = this.#reader.groups[Group.trades] as RowGroup;
    const { values, stride } = group;
    const at = index * stride;
    const ms = values[at + Row.ts] as number;
    const id = values[at + Row.id] as number;
    const count = values[at + Row.count] as number;
    message.instrument = market.index;
    message.tsUs = ms * US_PER_MS;
    message.price = values[at + Row.price] as number;
    message.nativeSize = values[at + Row.size] as number;
    message.size = this.#baseUnits(market, values, at + Row.size, message.price);
    message.isSell = values[at + Row.side] === 1;
    message.tradeId = id;
    message.textId.clear();
    message.firstTradeId = count > 1 ? id - count + 1 : Number.NaN;
    message.isMarket = true;
    message.precisionLoss = group.lost(at);
    if (ms > MS_MAX || count === 0 || count > id + 1 || !isSizeKnown(market)) return false;
    return message.price > 0 && message.nativeSize > 0;
  }

  fillQuote(message: QuoteMessage, market: Market): boolean {
    const [, bids, asks] = this.#reader.groups as readonly [RowGroup, RowGroup, RowGroup];
    if (bids.count === 0 || asks.count === 0 || !isSizeKnown(market)) return false;
    message.instrument = market.index;
    message.sequence = this.#reader.values[Slot.id] as number;
    message.tsUs = this.#timeUs();
    message.bidPrice = bids.values[0] as number;
    message.bidSize = this.#baseUnits(market, bids.values, 1, message.bidPrice);
    message.askPrice = asks.values[0] as number;
    message.askSize = this.#baseUnits(market, asks.values, 1, message.askPrice);
    message.precisionLoss = bids.lost(0) || asks.lost(0);
    if (message.tsUs < 0 || !(message.bidSize >= 0 && message.askSize >= 0)) return false;
    return message.bidPrice > 0 && message.askPrice > 0;
  }

  /** Fills `message` with a frame of a book; false when not sure. */
  fillDepth(message: DepthMessage, market: Market, isSnapshot: boolean): boolean {
    const { values, groups } = this.#reader;
    const [, bids, asks] = groups as readonly [RowGroup, RowGroup, RowGroup];
    message.instrument = market.index;
    message.isSnapshot = isSnapshot;
    message.checksum = Number.NaN;
    message.lastId = values[Slot.id] as number;
    message.previousId = isSnapshot ? Number.NaN : (values[Slot.previousId] as number);
    // A keep-alive and a reset span no id of their own.
    message.firstId = isSnapshot ? message.lastId : firstIdOf(message);
    message.tsUs = this.#timeUs();
    message.bidCount = bids.count;
    message.askCount = asks.count;
    message.precisionLoss = bids.precisionLoss || asks.precisionLoss;
    growLevels(message, bids.count + asks.count);
    if (message.tsUs < 0 || !isSizeKnown(market)) return false;
    return this.#side(message, market, bids, 0) && this.#side(message, market, asks, bids.count);
  }

  #side(message: DepthMessage, market: Market, group: RowGroup, start: number): boolean {
    const { values, count, stride } = group;
    const { prices, sizes } = message;
    for (let i = 0, from = 0; i < count; i += 1, from += stride) {
      const price = values[from] as number;
      const size = this.#baseUnits(market, values, from + 1, price);
      if (!(price > 0 && size >= 0)) return false;
      prices[start + i] = price;
      sizes[start + i] = size;
    }
    return true;
  }

  /** The decimal at `at` and its text as base units. */
  #baseUnits(market: Market, values: Float64Array, at: number, price: number): number {
    const native = values[at] as number;
    if (market.isSpot) return native;
    const text = this.#reader.textOf(values[at + 1] as number, values[at + 2] as number);
    return baseUnits(market, text, native, price);
  }

  /** NaN for 0, the venue's "not known"; -1 when it is no time. */
  #timeUs(): number {
    const ms = this.#reader.values[Slot.ts] as number;
    if (ms === 0) return Number.NaN;
    return ms <= MS_MAX ? ms * US_PER_MS : -1;
  }
}

function firstIdOf({ previousId, lastId }: DepthMessage): number {
  return Math.min(previousId + 1, lastId);
}

/** In the order of `FastKind`. */
function frameSpecs(table: SymbolTable): readonly Spec[] {
  const arg = (channel: Spec) =>
    object({ channel, instId: name(Slot.market, table), instType: never });
  const trade = object({
    instId: same,
    tradeId: quotedUnsigned(Row.id),
    px: quotedDecimal(Row.price),
    sz: rangedDecimal(Row.size),
    side: choice(Row.side, SIDES),
    ts: quotedUnsigned(Row.ts),
    count: optional(quotedUnsigned(Row.count), -1),
  });
  const trades = (channel: string) =>
    object({ event: never, arg: arg(constant(channel)), data: rows(Group.trades, trade) });
  const levels = (group: number) => rows(group, openTuple(quotedDecimal(0), rangedDecimal(1)));
  const sides = { bids: levels(Group.bids), asks: levels(Group.asks) };
  const stamps = { ts: quotedUnsigned(Slot.ts) };
  const quote = object({ ...sides, ...stamps, seqId: optional(unsigned(Slot.id)) });
  // Other checksums are held against texts, which only the slow path keeps.
  const book = { ...sides, ...stamps, seqId: unsigned(Slot.id), checksum: optional(constant(0)) };
  const books = (action: string, row: Readonly<Record<string, Spec>>) =>
    object({
      event: never,
      arg: arg(choice(Slot.channel, BookStreams.NAMES)),
      action: constant(action),
      data: tuple(object(row)),
    });
  return [
    trades('trades-all'),
    trades('trades'),
    object({ event: never, arg: arg(constant('bbo-tbt')), data: tuple(quote) }),
    books('update', { ...book, prevSeqId: unsigned(Slot.previousId) }),
    books('snapshot', book),
  ];
}
