/**
 * The channels of Deribit as the embedded exchange sends them, in the shape of the venue's
 * documents and of recordings of December 2025. What does not change in a stream is made once.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimBook,
  SimDepth,
  SimInstrument,
  SimQuote,
  SimStream,
  SimTrade,
} from '../sim-contract.ts';

const BOOK_INTERVAL_US = 100 * US_PER_MS;
/** Ten times a second at the venue; often enough for tests. */
const TICKER_INTERVAL_US = US_PER_SECOND / 2;
const CHANNEL = /^(trades|quote|book|ticker)\.([^.]+)(?:\.(100ms|agg2))?$/;
/** Every so many trades one is of a liquidation. */
const LIQUIDATION_EVERY = 20;
/** One in four of those: the maker was liquidated. */
const MAKER_EVERY = 4;

/** A row of `trades` and of the trade history. */
export function tradeRow(instrument: SimInstrument, trade: SimTrade): string {
  const { venueSymbol, base } = instrument.listing;
  const seq = instrument.idBase + trade.number;
  const price = instrument.priceText(trade.ticks);
  const id = base === 'BTC' ? String(seq) : `${base}-${seq}`;
  const isLiquidation = trade.number % LIQUIDATION_EVERY === 0;
  const who = trade.number % (LIQUIDATION_EVERY * MAKER_EVERY) === 0 ? 'M' : 'T';
  return (
    `{"timestamp":${trade.tsUs / US_PER_MS},"price":${price}` +
    `,"amount":${amountText(instrument, trade.lots)}` +
    `,"direction":"${trade.isSell ? 'sell' : 'buy'}","index_price":${price}` +
    `,"instrument_name":"${venueSymbol}","trade_seq":${seq},"mark_price":${price}` +
    `,"tick_direction":${trade.number % 4}${isLiquidation ? `,"liquidation":"${who}"` : ''}` +
    `,"contracts":${trade.lots}.0,"trade_id":"${id}"}`
  );
}

export class SimStreams {
  readonly #byName = new Map<string, SimInstrument>();
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[]) {
    for (const each of instruments) this.#byName.set(each.listing.venueSymbol, each);
  }

  instrument(name: string): SimInstrument | undefined {
    return this.#byName.get(name);
  }

  /** The stream of a channel, or undefined where there is none. */
  find(channel: string): SimStream | undefined {
    const known = this.#made.get(channel);
    if (known !== undefined) return known;
    const [, kind = '', name = '', interval] = CHANNEL.exec(channel) ?? [];
    const instrument = this.#byName.get(name);
    // Only quotes have no interval.
    if (instrument === undefined || (kind === 'quote') !== (interval === undefined)) {
      return undefined;
    }
    const stream = create(channel, kind, instrument);
    this.#made.set(channel, stream);
    return stream;
  }
}

function create(channel: string, kind: string, instrument: SimInstrument): SimStream {
  const head = `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":`;
  const frame = (data: string) => `${head}${data}}}`;
  switch (kind) {
    case 'trades': {
      const encode = (trade: SimTrade) => frame(`[${tradeRow(instrument, trade)}]`);
      return { kind: 'trade', key: channel, instrument, encode };
    }
    case 'quote': {
      const encode = (quote: SimQuote) => frame(quoteData(instrument, quote));
      return { kind: 'quote', key: channel, instrument, encode };
    }
    case 'book':
      return {
        kind: 'depth',
        key: channel,
        instrument,
        intervalUs: BOOK_INTERVAL_US,
        encode: (depth) => frame(changeData(instrument, depth)),
        snapshot: (book, nowUs) => frame(snapshotData(instrument, book, nowUs)),
      };
    default: {
      // Of no instrument: a ticker alone makes no trades.
      const encode = (nowUs: number) => frame(tickerData(instrument, nowUs));
      const intervalUs = TICKER_INTERVAL_US;
      return { kind: 'timer', key: channel, instrument: undefined, intervalUs, encode };
    }
  }
}

/** Amounts are quote units for inverse contracts, base units else. */
export function amountText(instrument: SimInstrument, lots: number): string {
  const { inverseValue } = instrument.listing;
  return inverseValue === undefined ? instrument.sizeText(lots) : `${lots * inverseValue}.0`;
}

function quoteData(instrument: SimInstrument, quote: SimQuote): string {
  const { bidTicks, bidLots, askTicks, askLots } = quote;
  return (
    `{"timestamp":${ms(quote.tsUs)},"instrument_name":"${instrument.listing.venueSymbol}"` +
    `,"best_bid_price":${instrument.priceText(bidTicks)}` +
    `,"best_bid_amount":${amountText(instrument, bidLots)}` +
    `,"best_ask_price":${instrument.priceText(askTicks)}` +
    `,"best_ask_amount":${amountText(instrument, askLots)}}`
  );
}

function snapshotData(instrument: SimInstrument, book: SimBook, nowUs: number): string {
  const row = (ticks: number, lots: number) => level(instrument, 'new', ticks, lots);
  const bids = Array.from({ length: book.bidCount }, (_, i) =>
    row(book.bidTicks(i), book.bidLots(i)),
  );
  const asks = Array.from({ length: book.askCount }, (_, i) =>
    row(book.askTicks(i), book.askLots(i)),
  );
  return (
    `{"type":"snapshot","timestamp":${ms(nowUs)}` +
    `,"instrument_name":"${instrument.listing.venueSymbol}","change_id":${book.id}` +
    `,"bids":[${bids.join(',')}],"asks":[${asks.join(',')}]}`
  );
}

function changeData(instrument: SimInstrument, depth: SimDepth): string {
  const rows = (ticks: readonly number[], lots: readonly number[]) =>
    ticks
      .map((each, i) => {
        const size = lots[i] as number;
        return level(instrument, size === 0 ? 'delete' : 'change', each, size);
      })
      .join(',');
  return (
    `{"type":"change","timestamp":${ms(depth.tsUs)}` +
    `,"prev_change_id":${depth.previousId}` +
    `,"instrument_name":"${instrument.listing.venueSymbol}","change_id":${depth.lastId}` +
    `,"bids":[${rows(depth.bidTicks, depth.bidLots)}]` +
    `,"asks":[${rows(depth.askTicks, depth.askLots)}]}`
  );
}

function level(instrument: SimInstrument, action: string, ticks: number, lots: number): string {
  const amount = lots === 0 ? '0.0' : amountText(instrument, lots);
  return `["${action}",${instrument.priceText(ticks)},${amount}]`;
}

function tickerData(instrument: SimInstrument, nowUs: number): string {
  const { venueSymbol, marketType } = instrument.listing;
  const { bids, asks } = instrument.snapshot();
  const bid = instrument.priceText(bids[0] as number);
  const ask = instrument.priceText(asks[0] as number);
  const funding = marketType === 'perp' ? ',"current_funding":0.0,"funding_8h":1.742e-05' : '';
  const volatility = marketType === 'option' ? ',"mark_iv":55.1,"greeks":{"delta":0.5}' : '';
  return (
    `{"timestamp":${ms(nowUs)},"state":"open","stats":{"volume":11897.27640428}` +
    `,"index_price":${bid},"instrument_name":"${venueSymbol}","last_price":${bid}` +
    `,"open_interest":1132329370.0,"mark_price":${bid}` +
    `,"best_bid_price":${bid},"best_bid_amount":${amountText(instrument, bids[1] as number)}` +
    `,"best_ask_price":${ask},"best_ask_amount":${amountText(instrument, asks[1] as number)}` +
    `${funding}${volatility}}`
  );
}

function ms(tsUs: number): number {
  return Math.floor(tsUs / US_PER_MS);
}
