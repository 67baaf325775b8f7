/**
 * Binance: spot and USD-M futures. What is documented, seen or assumed is in README.md here.
 */
import type { TradeTape } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { BookRule, ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { SPOT_BOOK_RULE, USDM_BOOK_RULE } from './book-sync.ts';
import { type Catalogue, SPOT_CATALOGUE, USDM_CATALOGUE } from './catalogue.ts';
import { type BinanceFeed, SPOT, USDM } from './feeds.ts';
import { BinanceProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const MINUTE_US = 60_000_000;
const SPOT_DOCS = 'https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams';
const USDM_DOCS =
  'https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams';

const SPOT_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts('<symbol>@trade', SPOT_DOCS, 'documented example, capture of 2024-08-09', 2),
  quotes: facts('<symbol>@bookTicker', SPOT_DOCS, 'documented example, capture of 2024-08-09', 1),
  book: facts('<symbol>@depth@100ms', SPOT_DOCS, 'documented example, capture of 2024-08-09', 1),
};

const USDM_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts(
    '<symbol>@aggTrade, or @trade as an option',
    USDM_DOCS,
    'aggTrade: documented example; trade (undocumented): capture of 2024-08-09',
    2,
  ),
  quotes: facts('<symbol>@bookTicker', USDM_DOCS, 'client fixture, capture of 2024-08-09', 1),
  book: facts(
    '<symbol>@depth@100ms',
    USDM_DOCS,
    'documented example, capture of 2024-08-09 (@depth@0ms)',
    1,
  ),
};

export const venue: VenueModule = {
  id: 'binance',
  feeds: [
    feedModule(SPOT, SPOT_CHANNELS, ['trade', 'aggTrade'], SPOT_BOOK_RULE, SPOT_CATALOGUE),
    feedModule(USDM, USDM_CHANNELS, ['aggTrade', 'trade'], USDM_BOOK_RULE, USDM_CATALOGUE),
  ],
};

function feedModule(
  feed: BinanceFeed,
  channels: Partial<Record<ChannelName, ChannelFacts>>,
  tapes: readonly TradeTape[],
  bookRule: BookRule,
  catalogue: Catalogue,
): FeedModule {
  return {
    id: feed.id,
    venue: 'binance',
    urls: feed.urls,
    limits: feed.limits,
    channels,
    tapes,
    tradeIdsContiguous: true,
    bookRule,
    symbolMarkers: ['"s":"'],
    tapeMarkers: { trade: '"e":"trade"', aggTrade: '"e":"aggTrade"' },
    parseSymbol: (text) => parseSymbol(feed, catalogue, text),
    catalogue: catalogue.symbols,
    createProtocol: (options) => new BinanceProtocol(feed, options),
  };
}

function facts(
  streamName: string,
  docs: string,
  verified: string,
  staleMinutes: number,
): ChannelFacts {
  return { streamName, docs, verified, staleAfterUs: staleMinutes * MINUTE_US };
}
