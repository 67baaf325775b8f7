/**
 * Coinbase's channels as the embedded exchange sends them, written from the same documents as the
 * decoder and from none of its code.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { isoTimeText } from '../kit/iso-time.ts';
import type { SimBook, SimDepth, SimInstrument, SimStream, SimTrade } from '../sim-contract.ts';

const BATCH_US = 50 * US_PER_MS;
const HEARTBEAT_US = US_PER_SECOND;

export function matchStream(instrument: SimInstrument): SimStream {
  return {
    kind: 'trade',
    key: `matches ${instrument.listing.venueSymbol}`,
    instrument,
    encode: (trade) => matchText(instrument, 'match', trade),
  };
}

/** `side` is the maker's: when the aggressor sells, the maker's order was one to buy. */
export function matchText(
  instrument: SimInstrument,
  type: 'match' | 'last_match',
  { number, tsUs, ticks, lots, isSell }: SimTrade,
): string {
  const id = instrument.idBase + number;
  return (
    `{"type":"${type}","trade_id":${id},"maker_order_id":"${orderId(2 * id)}"` +
    `,"taker_order_id":"${orderId(2 * id + 1)}","side":"${isSell ? 'buy' : 'sell'}"` +
    `,"size":"${instrument.sizeText(lots)}","price":"${instrument.priceText(ticks)}"` +
    `,"product_id":"${instrument.listing.venueSymbol}","sequence":${id * 4}` +
    `,"time":"${isoTimeText(tsUs)}"}`
  );
}

/** Moves with matches only: quotes of anything else make no frame. */
export function tickerStream(instrument: SimInstrument): SimStream {
  const { venueSymbol } = instrument.listing;
  const trade: SimTrade = { number: -1, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  return {
    kind: 'quote',
    key: `ticker ${venueSymbol}`,
    instrument,
    encode({ tsUs, bidTicks, bidLots, askTicks, askLots }) {
      const number = instrument.tradeFrom(tsUs + 1) - 1;
      if (number < 0 || number === trade.number) return undefined;
      instrument.readTrade(number, trade);
      if (trade.tsUs !== tsUs) return undefined;
      const id = instrument.idBase + number;
      const price = instrument.priceText(trade.ticks);
      return (
        `{"type":"ticker","sequence":${id * 4},"product_id":"${venueSymbol}","price":"${price}"` +
        `,"open_24h":"${price}","volume_24h":"94381.28000000","low_24h":"${price}"` +
        `,"high_24h":"${price}","volume_30d":"2295579.57000000"` +
        `,"best_bid":"${instrument.priceText(bidTicks)}"` +
        `,"best_bid_size":"${instrument.sizeText(bidLots)}"` +
        `,"best_ask":"${instrument.priceText(askTicks)}"` +
        `,"best_ask_size":"${instrument.sizeText(askLots)}"` +
        `,"side":"${trade.isSell ? 'sell' : 'buy'}","time":"${isoTimeText(tsUs)}"` +
        `,"trade_id":${id},"last_size":"${instrument.sizeText(trade.lots)}"}`
      );
    },
  };
}

/** Begins with the whole book, then what changed in batches of 50 ms. */
export function bookStream(instrument: SimInstrument): SimStream {
  const { venueSymbol } = instrument.listing;
  const level = (ticks: number, lots: number) =>
    `"${instrument.priceText(ticks)}","${instrument.sizeText(lots)}"`;
  return {
    kind: 'depth',
    key: `level2_batch ${venueSymbol}`,
    instrument,
    intervalUs: BATCH_US,
    snapshot(book: SimBook, nowUs: number) {
      const asks = Array.from(
        { length: book.askCount },
        (_, i) => `[${level(book.askTicks(i), book.askLots(i))}]`,
      );
      const bids = Array.from(
        { length: book.bidCount },
        (_, i) => `[${level(book.bidTicks(i), book.bidLots(i))}]`,
      );
      return (
        `{"type":"snapshot","product_id":"${venueSymbol}","asks":[${asks.join(',')}]` +
        `,"bids":[${bids.join(',')}],"time":"${isoTimeText(nowUs)}"}`
      );
    },
    encode({ tsUs, bidTicks, bidLots, askTicks, askLots }: SimDepth) {
      const buys = bidTicks.map((ticks, i) => `["buy",${level(ticks, bidLots[i] as number)}]`);
      const sells = askTicks.map((ticks, i) => `["sell",${level(ticks, askLots[i] as number)}]`);
      return (
        `{"type":"l2update","product_id":"${venueSymbol}"` +
        `,"changes":[${[...buys, ...sells].join(',')}],"time":"${isoTimeText(tsUs)}"}`
      );
    },
  };
}

export function heartbeatStream(instrument: SimInstrument): SimStream {
  const { venueSymbol } = instrument.listing;
  return {
    kind: 'timer',
    key: `heartbeat ${venueSymbol}`,
    instrument,
    intervalUs: HEARTBEAT_US,
    encode(nowUs) {
      const id = instrument.idBase + Math.max(0, instrument.tradeFrom(nowUs + 1) - 1);
      return (
        `{"type":"heartbeat","last_trade_id":${id},"product_id":"${venueSymbol}"` +
        `,"sequence":${id * 4},"time":"${isoTimeText(nowUs)}"}`
      );
    },
  };
}

function orderId(seed: number): string {
  const hex = seed.toString(16).padStart(12, '0');
  return `ac928c66-ca53-498f-9c13-${hex.slice(-12)}`;
}
