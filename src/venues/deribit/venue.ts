/**
 * Deribit: perpetuals, futures, options and spot pairs in one feed. What is documented, seen or
 * assumed is in README.md here.
 */
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { CHAIN_RULE } from './book-sync.ts';
import { SYMBOLS } from './catalogue.ts';
import { DeribitProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const SECOND_US = 1_000_000;
const DOCS = 'https://docs.deribit.com/subscriptions';

const feed: FeedModule = {
  id: 'deribit',
  venue: 'deribit',
  urls: { ws: 'wss://www.deribit.com', rest: 'https://www.deribit.com' },
  limits: {
    // Not confirmed; the session needs more connections when it is less, and none when it is more.
    streamsPerConnection: 500,
    // A call costs 3000 of a pool of 30000 that gains 10000 a second.
    framesPerSecond: 3,
    // 32 connections of an address at once; of attempts nothing is said.
    connectsPer5Minutes: 100,
    // No planned end is documented; maintenance closes sockets.
    connectionLifeUs: Number.POSITIVE_INFINITY,
    // 20 requests a second: 500 credits each, 10000 gained a second.
    restWeightPerMinute: 1200,
    restWindowUs: SECOND_US,
    heartbeatUs: 30 * SECOND_US,
  },
  channels: {
    trades: facts('trades.{instrument}.100ms', "a client's recordings, documented example", 900),
    quotes: facts('quote.{instrument}', 'documented example', 300),
    book: facts('book.{instrument}.100ms', "documented example, a client's samples", 300),
    derivative: facts('ticker.{instrument}.100ms', "a client's recording", 120),
    liquidations: facts(
      'marks on trades.{instrument}.100ms',
      'documented field, made-up frames',
      86_400,
    ),
  },
  tapes: ['trade'],
  tradeIdsContiguous: true,
  bookRule: CHAIN_RULE,
  symbolMarkers: ['"instrument_name":"'],
  tapeMarkers: {},
  parseSymbol,
  catalogue: SYMBOLS,
  createProtocol: (options) => new DeribitProtocol(options),
};

export const venue: VenueModule = { id: 'deribit', feeds: [feed] };

function facts(streamName: string, verified: string, staleSeconds: number): ChannelFacts {
  return { streamName, docs: DOCS, verified, staleAfterUs: staleSeconds * SECOND_US };
}
