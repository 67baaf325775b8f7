/**
 * Bybit v5: spot and linear contracts. What is documented, seen or assumed is in README.md here.
 */
import type { ChannelName } from '../../model/record-layout.ts';
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import type { MarketList } from '../kit/market-list.ts';
import { BOOK_RULE } from './book-sync.ts';
import { LINEAR_LIST, SPOT_LIST } from './catalogue.ts';
import { type BybitFeed, LINEAR, SPOT } from './feeds.ts';
import { BybitProtocol } from './protocol.ts';
import { BOOK_DEPTH } from './subscribe.ts';
import { parseSymbol } from './symbols.ts';

const MINUTE_US = 60_000_000;
const DOCS = 'https://bybit-exchange.github.io/docs/v5/websocket/public';
const EXAMPLE = 'documented example';

const SPOT_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts('publicTrade.<symbol>', 'trade', 2),
  // Sent again after three seconds without a change.
  quotes: facts('orderbook.1.<symbol>', 'orderbook', 1),
  book: facts(`orderbook.${BOOK_DEPTH}.<symbol>`, 'orderbook', 1),
};

const LINEAR_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  ...SPOT_CHANNELS,
  derivative: facts('tickers.<symbol>', 'ticker', 2),
  liquidations: facts('allLiquidation.<symbol>', 'all-liquidation', 60),
};

export const venue: VenueModule = {
  id: 'bybit',
  feeds: [
    feedModule(SPOT, SPOT_CHANNELS, SPOT_LIST),
    feedModule(LINEAR, LINEAR_CHANNELS, LINEAR_LIST),
  ],
};

function feedModule(
  feed: BybitFeed,
  channels: Partial<Record<ChannelName, ChannelFacts>>,
  list: MarketList,
): FeedModule {
  return {
    id: feed.id,
    venue: 'bybit',
    urls: feed.urls,
    limits: feed.limits,
    channels,
    tapes: ['trade'],
    // UUIDs, and on spot numbers of 19 digits that only rise.
    tradeIdsContiguous: false,
    tradeAuditUs: feed.tradeAuditUs,
    bookRule: BOOK_RULE,
    // A level that falls out of the stream's depth may come without a removal.
    bookLevelsMax: BOOK_DEPTH,
    symbolMarkers: ['"s":"', '"symbol":"'],
    tapeMarkers: {},
    parseSymbol: (text) => parseSymbol(feed, list, text),
    catalogue: list.symbols,
    createProtocol: (options) => new BybitProtocol(feed, options),
  };
}

function facts(streamName: string, page: string, staleMinutes: number): ChannelFacts {
  const staleAfterUs = staleMinutes * MINUTE_US;
  return { streamName, docs: `${DOCS}/${page}`, verified: EXAMPLE, staleAfterUs };
}
