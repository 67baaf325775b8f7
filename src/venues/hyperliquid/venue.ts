/**
 * Hyperliquid: perpetuals, builders' perpetuals and spot pairs in one feed. What is documented,
 * seen or assumed is in README.md here.
 */
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { SNAPSHOTS_ONLY } from './book-sync.ts';
import { SYMBOLS } from './catalogue.ts';
import { HyperliquidProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const SECOND_US = 1_000_000;
const DOCS =
  'https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions';

const feed: FeedModule = {
  id: 'hyperliquid',
  venue: 'hyperliquid',
  urls: { ws: 'wss://api.hyperliquid.xyz', rest: 'https://api.hyperliquid.xyz' },
  limits: {
    // In total over all connections of an address, so one connection may as well have them.
    streamsPerConnection: 1000,
    // 2000 a minute over all connections, pings included.
    framesPerSecond: 30,
    // 30 a minute; the session never needs so many.
    connectsPer5Minutes: 100,
    // No planned end is documented.
    connectionLifeUs: Number.POSITIVE_INFINITY,
    restWeightPerMinute: 1200,
    heartbeatUs: 30 * SECOND_US,
  },
  channels: {
    trades: facts('trades', 'documented example, capture of 2025-01-26', 600),
    quotes: facts('bbo', 'documented example', 300),
    book: facts('l2Book, fast', 'documented example; capture of 2025-01-26 (before `fast`)', 30),
    derivative: facts('activeAssetCtx (perpetuals)', 'documented example', 120),
  },
  tapes: ['trade'],
  tradeIdsContiguous: false,
  // A look costs 21 of the 1200 a minute, for each instrument.
  tradeAuditUs: 300 * SECOND_US,
  bookRule: SNAPSHOTS_ONLY,
  symbolMarkers: ['"coin":"'],
  tapeMarkers: {},
  parseSymbol,
  catalogue: SYMBOLS,
  createProtocol: (options) => new HyperliquidProtocol(options),
};

export const venue: VenueModule = { id: 'hyperliquid', feeds: [feed] };

function facts(streamName: string, verified: string, staleSeconds: number): ChannelFacts {
  return { streamName, docs: DOCS, verified, staleAfterUs: staleSeconds * SECOND_US };
}
