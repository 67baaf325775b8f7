/** What Bitget's everyday frames look like, for `kit/frame-reader.ts`. */
import {
  choice,
  constant,
  digits,
  name,
  never,
  object,
  optional,
  quotedDecimal,
  quotedUnsigned,
  rows,
  type Spec,
  text,
  tuple,
} from '../kit/frame-spec.ts';
import type { SymbolTable } from '../kit/symbol-table.ts';
import { Kind } from './decoded.ts';
import type { WireForm } from './wire-form.ts';

/** Texts and digits take two slots. */
export const Slot = { symbol: 0, action: 1, time: 2, sequence: 3, previous: 5 } as const;
export const Row = { time: 0, price: 1, size: 2, side: 3, id: 4, slots: 6 } as const;
export const LEVEL_SLOTS = 2;
export const Group = { trades: 0, bids: 1, asks: 2 } as const;
/** Of each specification, in their order. */
export const KINDS = [Kind.trades, Kind.depth, Kind.quote] as const;

const ACTIONS = ['update', 'snapshot'];
const SIDES = ['buy', 'sell'];

export function frameSpecs(instType: string, form: WireForm, table: SymbolTable): readonly Spec[] {
  const { channels, trade } = form;
  const frame = (channel: string | undefined, data: Spec) =>
    object({
      event: never,
      action: choice(Slot.action, ACTIONS),
      arg: object({
        instType: constant(instType),
        [form.channelKey]: constant(channel),
        [form.symbolKey]: name(Slot.symbol, table),
      }),
      data,
    });
  const row = object({
    [trade.time]: quotedUnsigned(Row.time),
    [trade.price]: quotedDecimal(Row.price),
    [trade.size]: quotedDecimal(Row.size),
    [trade.side]: choice(Row.side, SIDES),
    [trade.id]: text(Row.id),
  });
  const level = tuple(quotedDecimal(0), quotedDecimal(1));
  const book = object({
    [form.bids]: rows(Group.bids, level),
    [form.asks]: rows(Group.asks, level),
    ts: quotedUnsigned(Slot.time),
    seq: digits(Slot.sequence),
    pseq: optional(digits(Slot.previous), -1),
  });
  return [
    frame(channels.trades, rows(Group.trades, row)),
    frame(channels.book, tuple(book)),
    frame(channels.quotes, tuple(book)),
  ];
}
