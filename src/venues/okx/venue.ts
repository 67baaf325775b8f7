/** OKX: spot, swaps and futures in one feed. What is documented or assumed is in README.md here. */
import type { ChannelName } from '../../model/record-layout.ts';
import type { ChannelFacts, VenueModule } from '../contract.ts';
import { BOOK_RULE } from './book-sync.ts';
import { SYMBOLS } from './catalogue.ts';
import { FEED_ID, LIMITS, URLS } from './feeds.ts';
import { OkxProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const MINUTE_US = 60_000_000;
const DOCS = 'https://www.okx.com/docs-v5/en/';
/** Levels a side of the channel `books`. */
const BOOK_LEVELS = 400;

const CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: {
    streamName: 'trades-all, or trades as an option',
    docs: `${DOCS}#order-book-trading-market-data-ws-all-trades-channel`,
    verified: 'documented examples; trades: 74 recorded frames of 2022-05-13',
    staleAfterUs: 5 * MINUTE_US,
  },
  quotes: {
    streamName: 'bbo-tbt',
    docs: `${DOCS}#order-book-trading-market-data-ws-order-book-channel`,
    verified: 'documented example; tickers: 28 recorded frames of 2022-05-13',
    staleAfterUs: 2 * MINUTE_US,
  },
  book: {
    streamName: 'books',
    docs: `${DOCS}#order-book-trading-market-data-ws-order-book-channel`,
    verified: 'documented examples; 290 recorded frames of 2022-05-13 with all their checksums',
    // A quiet book says so about every minute.
    staleAfterUs: 3 * MINUTE_US,
  },
  derivative: {
    streamName: 'mark-price, index-tickers, funding-rate, open-interest',
    docs: `${DOCS}#public-data-websocket-mark-price-channel`,
    verified: 'documented examples',
    staleAfterUs: 2 * MINUTE_US,
  },
  liquidations: {
    streamName: 'liquidation-orders',
    docs: `${DOCS}#public-data-websocket-liquidation-orders-channel`,
    verified: 'documented example',
    staleAfterUs: 6 * 60 * MINUTE_US,
  },
};

export const venue: VenueModule = {
  id: FEED_ID,
  feeds: [
    {
      id: FEED_ID,
      venue: FEED_ID,
      urls: URLS,
      limits: LIMITS,
      channels: CHANNELS,
      tapes: ['trade', 'aggTrade'],
      tradeIdsContiguous: true,
      mergedTapes: ['aggTrade'],
      bookRule: BOOK_RULE,
      bookLevelsMax: BOOK_LEVELS,
      quoteIdsAssumed: true,
      needsInstruments: true,
      // Not the index's and not those of a type's liquidations: these are not what was recorded.
      symbolMarkers: [
        'trades',
        'trades-all',
        'bbo-tbt',
        'tickers',
        'books',
        'books-l2-tbt',
        'books50-l2-tbt',
        'mark-price',
        'funding-rate',
        'open-interest',
      ].map((channel) => `"channel":"${channel}","instId":"`),
      tapeMarkers: { trade: '"channel":"trades-all"', aggTrade: '"channel":"trades"' },
      parseSymbol,
      catalogue: SYMBOLS,
      createProtocol: (options) => new OkxProtocol(options),
    },
  ],
};
