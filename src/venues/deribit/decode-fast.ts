/**
 * The notifications Deribit sends all day, read straight from their bytes: trades, quotes and books
 * of instruments we know. What it is not sure of is the slow path's (`decode.ts`), which defines
 * what every frame means. Invariant: what is accepted here, the slow path reads equally.
 *
 * Numbers of more than 15 digits are the slow path's: a parser rounds them before it tells.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { DepthMessage, QuoteMessage, TradeMessage } from '../contract.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import {
  choice,
  constant,
  decimal,
  name,
  never,
  object,
  optional,
  rows,
  type Spec,
  tuple,
  unsigned,
} from '../kit/frame-spec.ts';
import { growLevels } from '../kit/levels.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { inBase, type Liquidated, type Traded } from './traded.ts';

export const FastKind = { unknown: -1, trades: 0, quote: 1, change: 2, snapshot: 3 } as const;
export type FastKind = (typeof FastKind)[keyof typeof FastKind];

const Slot = {
  market: 0,
  ts: 1,
  id: 2,
  previousId: 3,
  bid: 4,
  bidAmount: 5,
  ask: 6,
  askAmount: 7,
  /** The instrument of the channel's name: what counts is that of the data. */
  channel: 8,
} as const;
const Row = {
  market: 0,
  ts: 1,
  id: 2,
  price: 3,
  amount: 4,
  side: 5,
  liquidated: 6,
  slots: 7,
} as const;
const Level = { action: 0, price: 1, amount: 2, slots: 3 } as const;
const Group = { trades: 0, bids: 1, asks: 2 } as const;
const SIDES = ['buy', 'sell'];
const LIQUIDATED: readonly Liquidated[] = ['M', 'T', 'MT'];
/** The last one removes. */
const ACTIONS = ['new', 'change', 'delete'];
const DELETE = 2;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

export class FastDecoder {
  readonly #byName: ReadonlyMap<string, Traded>;
  readonly #names: readonly string[];
  readonly #reader: FrameReader;

  constructor(byName: ReadonlyMap<string, Traded>) {
    this.#byName = byName;
    this.#names = [...byName.keys()];
    const table = new SymbolTable(this.#names.map((each, place) => [each, place]));
    this.#reader = new FrameReader(frameSpecs(table), [Row.slots, Level.slots, Level.slots]);
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** What the frame is; its values stay until the next one. */
  read(frame: Uint8Array, length: number): FastKind {
    const { groups } = this.#reader;
    const kind = this.#reader.read(frame, length) as FastKind;
    if (kind === FastKind.unknown || this.#reader.precisionLoss) return FastKind.unknown;
    if (kind === FastKind.quote) return kind;
    const isExact =
      kind === FastKind.trades
        ? groups[Group.trades]?.precisionLoss === false
        : groups[Group.bids]?.precisionLoss === false &&
          groups[Group.asks]?.precisionLoss === false;
    return isExact ? kind : FastKind.unknown;
  }

  learn(frame: Uint8Array, length: number): void {
    this.#reader.learn(frame, length);
  }

  get tradeCount(): number {
    return (this.#reader.groups[Group.trades] as RowGroup).count;
  }

  /** Fills `message` with the trade number `index`; false when not sure. */
  fillTrade(message: TradeMessage, index: number): boolean {
    const { values, stride } = this.#reader.groups[Group.trades] as RowGroup;
    const at = index * stride;
    const ms = values[at + Row.ts] as number;
    const traded = this.#traded(values[at + Row.market] as number);
    if (traded === undefined) return false;
    message.instrument = traded.index;
    message.tradeId = values[at + Row.id] as number;
    message.tsUs = ms * US_PER_MS;
    message.price = values[at + Row.price] as number;
    message.nativeSize = values[at + Row.amount] as number;
    message.size = inBase(message.nativeSize, message.price, traded);
    message.isSell = values[at + Row.side] === 1;
    message.isMarket = true;
    message.precisionLoss = false;
    return ms <= MS_MAX && message.price > 0 && message.size > 0;
  }

  /** Who was liquidated by the trade number `index`. */
  liquidatedAt(index: number): Liquidated {
    const { values, stride } = this.#reader.groups[Group.trades] as RowGroup;
    return LIQUIDATED[values[index * stride + Row.liquidated] as number] ?? '';
  }

  fillQuote(message: QuoteMessage): boolean {
    const { values } = this.#reader;
    const traded = this.#traded(values[Slot.market] as number);
    const ms = values[Slot.ts] as number;
    if (traded === undefined) return false;
    message.instrument = traded.index;
    message.tsUs = ms * US_PER_MS;
    message.bidPrice = values[Slot.bid] as number;
    message.bidSize = inBase(values[Slot.bidAmount] as number, message.bidPrice, traded);
    message.askPrice = values[Slot.ask] as number;
    message.askSize = inBase(values[Slot.askAmount] as number, message.askPrice, traded);
    message.precisionLoss = false;
    // Empty sides are the slow path's.
    const hasBid = message.bidPrice > 0 && message.bidSize > 0;
    return ms <= MS_MAX && hasBid && message.askPrice > 0 && message.askSize > 0;
  }

  fillDepth(message: DepthMessage, isSnapshot: boolean): boolean {
    const { values, groups } = this.#reader;
    const [, bids, asks] = groups as readonly [RowGroup, RowGroup, RowGroup];
    const traded = this.#traded(values[Slot.market] as number);
    const ms = values[Slot.ts] as number;
    if (traded === undefined) return false;
    message.instrument = traded.index;
    message.isSnapshot = isSnapshot;
    message.tsUs = ms * US_PER_MS;
    message.lastId = values[Slot.id] as number;
    message.firstId = message.lastId;
    message.previousId = values[Slot.previousId] as number;
    message.precisionLoss = false;
    message.bidCount = bids.count;
    message.askCount = asks.count;
    growLevels(message, bids.count + asks.count);
    if (ms > MS_MAX) return false;
    return takeSide(message, bids, 0, traded) && takeSide(message, asks, bids.count, traded);
  }

  /** Undefined once the venue's list contradicted the name. */
  #traded(place: number): Traded | undefined {
    return this.#byName.get(this.#names[place] as string);
  }
}

function takeSide(
  { prices, sizes }: DepthMessage,
  { values, count, stride }: RowGroup,
  start: number,
  traded: Traded,
): boolean {
  for (let i = 0, from = 0; i < count; i += 1, from += stride) {
    const price = values[from + Level.price] as number;
    const isDelete = values[from + Level.action] === DELETE;
    const size = isDelete ? 0 : inBase(values[from + Level.amount] as number, price, traded);
    if (!(price > 0 && size >= 0)) return false;
    prices[start + i] = price;
    sizes[start + i] = size;
  }
  return true;
}

/** In the order of `FastKind`. */
function frameSpecs(table: SymbolTable): readonly Spec[] {
  const frame = (channel: RegExp, data: Spec) => {
    const params = object({ channel: name(Slot.channel, table, channel), data });
    return object({ method: constant('subscription'), params });
  };
  const trade = object({
    instrument_name: name(Row.market, table),
    trade_seq: unsigned(Row.id),
    timestamp: unsigned(Row.ts),
    price: decimal(Row.price),
    amount: decimal(Row.amount),
    direction: choice(Row.side, SIDES),
    liquidation: optional(choice(Row.liquidated, LIQUIDATED), -1),
    // A block trade is the slow path's.
    block_trade_id: never,
  });
  const stamps = { instrument_name: name(Slot.market, table), timestamp: unsigned(Slot.ts) };
  const quote = object({
    ...stamps,
    best_bid_price: decimal(Slot.bid),
    best_bid_amount: decimal(Slot.bidAmount),
    best_ask_price: decimal(Slot.ask),
    best_ask_amount: decimal(Slot.askAmount),
  });
  const level = tuple(choice(Level.action, ACTIONS), decimal(Level.price), decimal(Level.amount));
  const book = {
    ...stamps,
    change_id: unsigned(Slot.id),
    bids: rows(Group.bids, level),
    asks: rows(Group.asks, level),
  };
  const previous = unsigned(Slot.previousId);
  const channel = /^(book\.)([^.]+)(\.[^.]+)$/;
  return [
    frame(/^(trades\.)([^.]+)((?:\.[^.]+)*)$/, rows(Group.trades, trade)),
    frame(/^(quote\.)([^.]+)((?:\.[^.]+)*)$/, quote),
    frame(channel, object({ ...book, type: constant('change'), prev_change_id: previous })),
    frame(
      channel,
      object({ ...book, type: constant('snapshot'), prev_change_id: optional(previous) }),
    ),
  ];
}
