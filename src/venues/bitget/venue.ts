/**
 * Bitget: spot and perpetual contracts in USDT. What is documented, seen or assumed is in README.md
 * here.
 */
import type { ChannelName } from '../../model/record-layout.ts';
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import type { MarketList } from '../kit/market-list.ts';
import { BOOK_RULE } from './book-sync.ts';
import { SPOT_LIST, USDT_LIST } from './catalogue.ts';
import { type BitgetFeed, SPOT, USDT } from './feeds.ts';
import { BitgetProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const DOCS = 'https://www.bitget.com/api-doc';

const SPOT_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts('trade', 'spot/websocket/public/Trades-Channel', 'client fixture', 2),
  quotes: facts('books1', 'spot/websocket/public/Depth-Channel', 'documented example', 1),
  book: facts('books', 'spot/websocket/public/Depth-Channel', 'documented example', 1),
};

const USDT_CHANNELS: Partial<Record<ChannelName, ChannelFacts>> = {
  trades: facts('trade', 'contract/websocket/public/New-Trades-Channel', 'client fixture', 2),
  quotes: facts('books1', 'contract/websocket/public/Order-Book-Channel', 'older document', 1),
  book: facts('books', 'contract/websocket/public/Order-Book-Channel', 'older document', 1),
  derivative: facts('ticker', 'contract/websocket/public/Tickers-Channel', 'field list', 2),
};

export const venue: VenueModule = {
  id: 'bitget',
  feeds: [feedModule(SPOT, SPOT_CHANNELS, SPOT_LIST), feedModule(USDT, USDT_CHANNELS, USDT_LIST)],
};

function feedModule(
  feed: BitgetFeed,
  channels: Partial<Record<ChannelName, ChannelFacts>>,
  list: MarketList,
): FeedModule {
  return {
    id: feed.id,
    venue: 'bitget',
    urls: feed.urls,
    limits: feed.limits,
    channels,
    tapes: ['trade'],
    // Numbers of about 19 digits, kept as text.
    tradeIdsContiguous: false,
    // A look is one of four requests a second: enough for a hundred instruments.
    tradeAuditUs: 30 * SECOND_US,
    bookRule: BOOK_RULE,
    symbolMarkers: ['"instId":"', '"symbol":"'],
    tapeMarkers: {},
    parseSymbol: (text) => parseSymbol(feed, list, text),
    catalogue: list.symbols,
    createProtocol: (options) => new BitgetProtocol(feed, options),
  };
}

function facts(
  channel: string,
  page: string,
  verified: string,
  staleMinutes: number,
): ChannelFacts {
  const streamName = `${channel} <symbol>`;
  return { streamName, docs: `${DOCS}/${page}`, verified, staleAfterUs: staleMinutes * MINUTE_US };
}
