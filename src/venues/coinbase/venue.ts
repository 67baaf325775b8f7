/**
 * Coinbase: spot, the Exchange feed. What is documented, seen or assumed is in README.md here.
 */
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { BOOK_RULE, TICKER_DRIFT_US } from './book-sync.ts';
import { CATALOGUE } from './catalogue.ts';
import { CoinbaseProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const DOCS = 'https://docs.cdp.coinbase.com/exchange/websocket-feed/channels';

const feed: FeedModule = {
  id: 'coinbase',
  venue: 'coinbase',
  urls: { ws: 'wss://ws-feed.exchange.coinbase.com', rest: 'https://api.exchange.coinbase.com' },
  limits: {
    // "Spread products over connections": twenty products with three channels each.
    streamsPerConnection: 60,
    // Of the 100 that an address may send, which other connections share.
    framesPerSecond: 20,
    connectsPer5Minutes: 300,
    // 8 a second and address.
    connectsPerSecond: 4,
    // The venue names no age.
    connectionLifeUs: Number.POSITIVE_INFINITY,
    // 10 a second and address, refilled all the time.
    restWeightPerMinute: 600,
    restWindowUs: SECOND_US,
    heartbeatUs: Number.POSITIVE_INFINITY,
  },
  channels: {
    trades: facts(
      'matches',
      'match-channel',
      'documented example; 97 match and 10 last_match frames of 2021-04-17',
      10,
    ),
    quotes: facts(
      'ticker: best prices as of each match',
      'ticker-channel',
      'documented example; 107 frames of 2021-04-17',
      10,
    ),
    book: facts(
      'level2_batch',
      'level2-batch-channel',
      '10 snapshots, 9,719 updates of 2021-04-17 (level2); equal to 97 of 97 tickers',
      5,
    ),
  },
  tapes: ['trade'],
  tradeIdsContiguous: true,
  bookRule: BOOK_RULE,
  quoteDriftUs: TICKER_DRIFT_US,
  parseSymbol,
  symbolMarkers: ['"product_id":"'],
  tapeMarkers: {},
  catalogue: CATALOGUE,
  createProtocol: (options) => new CoinbaseProtocol(options),
};

export const venue: VenueModule = { id: 'coinbase', feeds: [feed] };

function facts(
  channel: string,
  anchor: string,
  verified: string,
  staleMinutes: number,
): ChannelFacts {
  return {
    streamName: channel,
    docs: `${DOCS}#${anchor}`,
    verified,
    staleAfterUs: staleMinutes * MINUTE_US,
  };
}
