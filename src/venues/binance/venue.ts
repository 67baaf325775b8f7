/**
 * Binance: spot, USD-M and COIN-M futures. What is documented, seen or assumed is in README.md
 * here.
 */
import type { TradeTape } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { BookRule, ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { SPOT_BOOK_RULE, USDM_BOOK_RULE } from './book-sync.ts';
import { type Catalogue, COINM_CATALOGUE, SPOT_CATALOGUE, USDM_CATALOGUE } from './catalogue.ts';
import { type BinanceFeed, COINM, SPOT, USDM } from './feeds.ts';
import { BinanceProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const MINUTE_US = 60_000_000;
const SPOT_DOCS = 'https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams';
const USDM_DOCS =
  'https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams';

const COINM_DOCS =
  'https://developers.binance.com/docs/derivatives/coin-margined-futures/websocket-market-streams';
/** Quiet is the rule here: this only renews the subscription now and then. */
const LIQUIDATIONS_MINUTES = 60;

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
  derivative: facts('<symbol>@markPrice@1s', USDM_DOCS, 'documented example', 1),
  liquidations: facts('<symbol>@forceOrder', USDM_DOCS, 'documented example', LIQUIDATIONS_MINUTES),
};

/** Not one recording of this feed is at hand; its examples are the official connector's. */
const CONNECTOR_EXAMPLE = 'example of the official connector, 2026-07-24';

const COINM_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts('<symbol>@aggTrade', COINM_DOCS, CONNECTOR_EXAMPLE, 10),
  quotes: facts('<symbol>@bookTicker', COINM_DOCS, CONNECTOR_EXAMPLE, 5),
  book: facts('<symbol>@depth@100ms', COINM_DOCS, CONNECTOR_EXAMPLE, 5),
  derivative: facts('<symbol>@markPrice@1s', COINM_DOCS, CONNECTOR_EXAMPLE, 1),
  liquidations: facts('<symbol>@forceOrder', COINM_DOCS, CONNECTOR_EXAMPLE, LIQUIDATIONS_MINUTES),
};

export const venue: VenueModule = {
  id: 'binance',
  feeds: [
    feedModule(SPOT, SPOT_CHANNELS, ['trade', 'aggTrade'], SPOT_BOOK_RULE, SPOT_CATALOGUE),
    feedModule(USDM, USDM_CHANNELS, ['aggTrade', 'trade'], USDM_BOOK_RULE, USDM_CATALOGUE),
    // Its `trade` stream is documented nowhere.
    feedModule(COINM, COINM_CHANNELS, ['aggTrade'], USDM_BOOK_RULE, COINM_CATALOGUE),
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
    needsInstruments: feed.isInverse,
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
