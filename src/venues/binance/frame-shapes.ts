/** What Binance's everyday frames look like, for `kit/frame-reader.ts`. */
import {
  choice,
  constant,
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
import type { SymbolTable } from '../kit/symbol-table.ts';
import { Kind } from './decoded.ts';
import type { BinanceFeed } from './feeds.ts';

export const Slot = {
  stream: 0,
  symbol: 1,
  pushed: 2,
  time: 3,
  id: 4,
  price: 5,
  size: 6,
  maker: 7,
  orderType: 8,
  settlement: 9,
  firstId: 10,
  previousId: 11,
  bidPrice: 12,
  bidSize: 13,
  askPrice: 14,
  askSize: 15,
  /** Read for their form alone. */
  range: 16,
} as const;
export const Group = { bids: 0, asks: 1 } as const;

/** Kind of each specification, in their order. */
export const SPEC_KINDS: readonly Kind[] = [Kind.trade, Kind.bookTicker, Kind.depth, Kind.aggTrade];

export function frameSpecs(
  feed: BinanceFeed,
  streams: SymbolTable,
  symbols: SymbolTable,
): readonly Spec[] {
  const pushed = unsigned(Slot.pushed);
  const time = unsigned(Slot.time);
  const common = {
    s: name(Slot.symbol, symbols),
    st: optional(unsigned(Slot.settlement), -1),
  };
  const stamped = { ...common, E: pushed, T: time };
  const values = {
    ...stamped,
    p: quotedDecimal(Slot.price),
    q: quotedDecimal(Slot.size),
    m: flag(Slot.maker),
  };
  const frame = (suffix: RegExp, data: Readonly<Record<string, Spec>>): Spec => {
    const pattern = new RegExp(`^()([^@]+)(${suffix.source})$`);
    return object({ stream: name(Slot.stream, streams, pattern), data: object(data) });
  };
  const levels = (group: number) => rows(group, tuple(quotedDecimal(0), quotedDecimal(1)));
  // Other order types are the slow path's: they are no trades of the market.
  const orderType = feed.tradeHasOrderType ? { X: choice(Slot.orderType, ['MARKET']) } : {};
  const quoteHead = feed.quoteHasTime
    ? { ...stamped, e: constant('bookTicker') }
    : { ...common, e: optional(constant('bookTicker')) };
  const depthHead = feed.depthHasPrevious
    ? { ...stamped, pu: unsigned(Slot.previousId) }
    : { ...common, E: pushed };
  return [
    frame(/@trade/, { ...values, ...orderType, e: constant('trade'), t: unsigned(Slot.id) }),
    frame(/@bookTicker/, {
      ...quoteHead,
      u: unsigned(Slot.id),
      b: quotedDecimal(Slot.bidPrice),
      B: quotedDecimal(Slot.bidSize),
      a: quotedDecimal(Slot.askPrice),
      A: quotedDecimal(Slot.askSize),
    }),
    frame(/@depth(?:@(?:0|[1-9]\d{0,15})ms)?/, {
      ...depthHead,
      e: constant('depthUpdate'),
      U: unsigned(Slot.firstId),
      u: unsigned(Slot.id),
      b: levels(Group.bids),
      a: levels(Group.asks),
    }),
    frame(/@aggTrade/, {
      ...values,
      e: constant('aggTrade'),
      a: unsigned(Slot.id),
      f: unsigned(Slot.range),
      l: unsigned(Slot.range),
    }),
  ];
}
