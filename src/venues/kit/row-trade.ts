/** A trade from a row of its frame, where its id is a text. Used by the fast paths. */
import { US_PER_MS } from '../../base/clock.ts';
import type { TradeMessage } from '../contract.ts';
import type { FrameReader } from './frame-reader.ts';
import type { RowGroup } from './row-group.ts';

/** Where a row has time (ms), price, size (base units), side (1: sold) and the ends of the id. */
export interface TradeSlots {
  readonly time: number;
  readonly price: number;
  readonly size: number;
  readonly side: number;
  readonly id: number;
}

/** Latest time that is a safe integer in µs. */
export const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

/** Fills all but `isMarket` from the row that starts at `base`; false when that is no trade. */
export function takeTrade(
  message: TradeMessage,
  instrument: number,
  reader: FrameReader,
  group: RowGroup,
  base: number,
  slots: TradeSlots,
): boolean {
  const row = group.values;
  const ms = row[base + slots.time] as number;
  message.instrument = instrument;
  message.tape = 'trade';
  message.tsUs = ms * US_PER_MS;
  message.price = row[base + slots.price] as number;
  message.size = row[base + slots.size] as number;
  message.nativeSize = message.size;
  message.isSell = row[base + slots.side] === 1;
  message.tradeId = Number.NaN;
  const id = base + slots.id;
  reader.readId(message.textId, row[id] as number, row[id + 1] as number);
  message.firstTradeId = Number.NaN;
  message.precisionLoss = group.lost(base);
  return ms <= MS_MAX && message.price > 0 && message.size > 0;
}
