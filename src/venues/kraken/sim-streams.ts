/**
 * Kraken's channels as the embedded exchange sends them. Written from the same documents as the
 * decoder and from none of its code, so that the two check each other: prices and sizes come as
 * whole steps here, and the checksum's digits are made of those.
 */
import { crc32 } from 'node:zlib';
import { US_PER_MS } from '../../base/clock.ts';
import { isoTimeText } from '../kit/iso-time.ts';
import type { SimBook, SimDepth, SimInstrument, SimQuote, SimStream } from '../sim-contract.ts';

/** The venue gives every pair's quantities eight decimals, whatever its lot. */
export const LOT_DECIMALS = 8;
const CHECKSUM_LEVELS = 10;
const BOOK_INTERVAL_US = 50 * US_PER_MS;

export function tradeStream(instrument: SimInstrument): SimStream {
  const { venueSymbol } = instrument.listing;
  const head = `{"channel":"trade","type":"update","data":[{"symbol":"${venueSymbol}","side":"`;
  return {
    kind: 'trade',
    key: `trade ${venueSymbol}`,
    instrument,
    encode: ({ number, tsUs, ticks, lots, isSell }) =>
      `${head}${isSell ? 'sell' : 'buy'}","price":${instrument.priceText(ticks)}` +
      `,"qty":${quantity(instrument, lots)},"ord_type":"${number % 3 === 0 ? 'limit' : 'market'}"` +
      `,"trade_id":${instrument.idBase + number},"timestamp":"${isoTimeText(tsUs)}"}]}`,
  };
}

export function tickerStream(instrument: SimInstrument): SimStream {
  const { venueSymbol } = instrument.listing;
  return {
    kind: 'quote',
    key: `ticker ${venueSymbol}`,
    instrument,
    encode: (quote) => tickerText(instrument, 'update', quote),
  };
}

function tickerText(instrument: SimInstrument, type: string, quote: SimQuote): string {
  const { bidTicks, bidLots, askTicks, askLots, tsUs } = quote;
  const bid = instrument.priceText(bidTicks);
  const ask = instrument.priceText(askTicks);
  return (
    `{"channel":"ticker","type":"${type}","data":[{"symbol":"${instrument.listing.venueSymbol}"` +
    `,"bid":${bid},"bid_qty":${quantity(instrument, bidLots)}` +
    `,"ask":${ask},"ask_qty":${quantity(instrument, askLots)}` +
    `,"last":${bid},"volume":1.50000000,"vwap":${bid},"low":${bid},"high":${ask}` +
    `,"change":-1.5,"change_pct":-0.01,"timestamp":"${isoTimeText(tsUs)}"}]}`
  );
}

/** The venue's `book`: first the best `depth` levels a side, then what changes among them. */
export function bookStream(instrument: SimInstrument, depth: number): SimStream {
  const { venueSymbol } = instrument.listing;
  const bids = new Scope(true, depth);
  const asks = new Scope(false, depth);
  const text = (type: string, book: SimBook, bidText: string, askText: string, nowUs: number) =>
    `{"channel":"book","type":"${type}","data":[{"symbol":"${venueSymbol}","bids":[${bidText}]` +
    `,"asks":[${askText}],"checksum":${checksumOf(instrument, book)}` +
    `,"timestamp":"${isoTimeText(nowUs)}"}]}`;
  return {
    kind: 'depth',
    key: `book ${depth} ${venueSymbol}`,
    instrument,
    intervalUs: BOOK_INTERVAL_US,
    snapshot(book, nowUs) {
      bids.move(book);
      asks.move(book);
      return text('snapshot', book, bids.whole(instrument), asks.whole(instrument), nowUs);
    },
    encode({ book }: SimDepth, nowUs) {
      const bidText = bids.move(book, instrument);
      const askText = asks.move(book, instrument);
      // Changes below the subscribed depth are not sent.
      if (bidText === '' && askText === '') return undefined;
      return text('update', book, bidText, askText, nowUs);
    },
  };
}

/** The best levels of one side as a subscriber has them: lots by price. */
class Scope {
  readonly #isBid: boolean;
  readonly #depth: number;
  #levels = new Map<number, number>();

  constructor(isBid: boolean, depth: number) {
    this.#isBid = isBid;
    this.#depth = depth;
  }

  /** Follows the book; the changes as JSON levels, where an instrument is given to write them. */
  move(book: SimBook, instrument?: SimInstrument): string {
    const isBid = this.#isBid;
    const count = Math.min(this.#depth, isBid ? book.bidCount : book.askCount);
    const now = new Map<number, number>();
    for (let i = 0; i < count; i += 1) {
      now.set(
        isBid ? book.bidTicks(i) : book.askTicks(i),
        isBid ? book.bidLots(i) : book.askLots(i),
      );
    }
    const before = this.#levels;
    this.#levels = now;
    if (instrument === undefined) return '';
    const worst = isBid ? book.bidTicks(count - 1) : book.askTicks(count - 1);
    const changes: string[] = [];
    for (const ticks of before.keys()) {
      // Gone from the book, or out of scope: only the first is said.
      const isInScope = count < this.#depth || (isBid ? ticks > worst : ticks < worst);
      if (!now.has(ticks) && isInScope) changes.push(levelText(instrument, ticks, 0));
    }
    for (const [ticks, lots] of now) {
      if (before.get(ticks) !== lots) changes.push(levelText(instrument, ticks, lots));
    }
    return changes.join(',');
  }

  whole(instrument: SimInstrument): string {
    return [...this.#levels].map(([ticks, lots]) => levelText(instrument, ticks, lots)).join(',');
  }
}

function levelText(instrument: SimInstrument, ticks: number, lots: number): string {
  return `{"price":${instrument.priceText(ticks)},"qty":${quantity(instrument, lots)}}`;
}

/** Eight decimals, as the venue writes them; zero is a plain one. */
function quantity(instrument: SimInstrument, lots: number): string {
  if (lots === 0) return '0';
  const text = instrument.sizeText(lots);
  const { decimals } = instrument.listing.lot;
  return `${text}${decimals === 0 ? '.' : ''}${'0'.repeat(LOT_DECIMALS - decimals)}`;
}

function checksumOf(instrument: SimInstrument, book: SimBook): number {
  const { tick, lot } = instrument.listing;
  const zeros = '0'.repeat(LOT_DECIMALS - lot.decimals);
  const level = (ticks: number, lots: number) => `${ticks * tick.units}${lots * lot.units}${zeros}`;
  let text = '';
  for (let i = 0; i < Math.min(CHECKSUM_LEVELS, book.askCount); i += 1) {
    text += level(book.askTicks(i), book.askLots(i));
  }
  for (let i = 0; i < Math.min(CHECKSUM_LEVELS, book.bidCount); i += 1) {
    text += level(book.bidTicks(i), book.bidLots(i));
  }
  return crc32(text);
}
