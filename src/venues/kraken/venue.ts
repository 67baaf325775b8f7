/**
 * Kraken: spot, WebSocket v2. What is documented, seen or assumed is in README.md here.
 */
import type { ChannelFacts, FeedModule, VenueModule } from '../contract.ts';
import { BOOK_DEPTH, BOOK_RULE } from './book-sync.ts';
import { CATALOGUE } from './catalogue.ts';
import { KrakenProtocol } from './protocol.ts';
import { parseSymbol } from './symbols.ts';

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const DOCS = 'https://docs.kraken.com/exchange/api-reference/spot-websocket-v2';

const feed: FeedModule = {
  id: 'kraken',
  venue: 'kraken',
  urls: { ws: 'wss://ws.kraken.com', rest: 'https://api.kraken.com' },
  limits: {
    // Not documented; a hundred books of a hundred levels are as much as one socket should carry.
    streamsPerConnection: 300,
    // No number is documented either; the venue says "Exceeded msg rate" when it is too many.
    framesPerSecond: 3,
    // 150 in ten minutes are said to be the limit of the network in front (unverified).
    connectsPer5Minutes: 70,
    // The venue names no age; it recycles connections without notice.
    connectionLifeUs: Number.POSITIVE_INFINITY,
    // A request a second is the usual safe pace (unverified).
    restWeightPerMinute: 60,
    // No duty. The venue itself says something every second, so a connection that leaves three
    // of these unanswered is dead.
    heartbeatUs: 5 * SECOND_US,
  },
  channels: {
    trades: facts('trade', 'documented example', 10),
    quotes: facts('ticker (event_trigger bbo)', 'documented example', 5),
    book: facts(
      `book (depth ${BOOK_DEPTH})`,
      'documented example; the checksum against the worked example of the guide',
      5,
    ),
  },
  tapes: ['trade'],
  tradeIdsContiguous: true,
  bookRule: BOOK_RULE,
  bookLevelsMax: BOOK_DEPTH,
  // Checksums are made with the pair's decimals: without them the first books would go unchecked.
  needsInstruments: true,
  parseSymbol,
  symbolMarkers: ['"symbol":"'],
  tapeMarkers: {},
  catalogue: CATALOGUE.symbols,
  createProtocol: (options) => new KrakenProtocol(options),
};

export const venue: VenueModule = { id: 'kraken', feeds: [feed] };

function facts(channel: string, verified: string, staleMinutes: number): ChannelFacts {
  return {
    streamName: channel,
    docs: `${DOCS}/${channel.split(' ', 1)[0]}`,
    verified,
    staleAfterUs: staleMinutes * MINUTE_US,
  };
}
