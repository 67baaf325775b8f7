/**
 * MEXC: spot (protobuf) and perpetual contracts (JSON). What is documented, seen or assumed is in
 * README.md here.
 */
import type { ChannelFacts, VenueModule } from '../contract.ts';
import { MEXC_BOOK_RULE } from './book-sync.ts';
import { CONTRACT_CATALOGUE, SPOT_CATALOGUE } from './catalogue.ts';
import { CONTRACT_LIMITS, CONTRACT_URLS, SPOT_LIMITS, SPOT_URLS } from './feeds.ts';
import { ContractProtocol, SpotProtocol } from './protocol.ts';
import { parseContractSymbol, parseSpotSymbol } from './symbols.ts';

const MINUTE_US = 60_000_000;
const SECOND_US = 1_000_000;
const SPOT_DOCS = 'https://mexcdevelop.github.io/apidocs/spot_v3_en/';
const CONTRACT_DOCS = 'https://mexcdevelop.github.io/apidocs/contract_v1_en/';

export const venue: VenueModule = {
  id: 'mexc',
  feeds: [
    {
      id: 'mexc.spot',
      venue: 'mexc',
      urls: SPOT_URLS,
      limits: SPOT_LIMITS,
      channels: {
        trades: facts('aggre.deals@100ms', SPOT_DOCS, 'hand-encoded vector of the definitions', 10),
        quotes: facts('aggre.bookTicker@100ms', SPOT_DOCS, 'definitions only', 5),
        book: facts('aggre.depth@100ms', SPOT_DOCS, 'hand-encoded vector, values seen live', 5),
      },
      tapes: ['trade'],
      tradeIdsContiguous: false,
      tradeAuditUs: 20 * SECOND_US,
      bookRule: MEXC_BOOK_RULE,
      // That a quote's version is one of the book's is not said.
      quoteIdsAssumed: true,
      symbolMarkers: ['ms@'],
      tapeMarkers: {},
      parseSymbol: (text) => parseSpotSymbol(SPOT_CATALOGUE, text),
      catalogue: SPOT_CATALOGUE.symbols,
      createProtocol: (options) => new SpotProtocol(options),
    },
    {
      id: 'mexc.contract',
      venue: 'mexc',
      urls: CONTRACT_URLS,
      limits: CONTRACT_LIMITS,
      channels: {
        trades: facts('sub.deal', CONTRACT_DOCS, 'documented example, array seen live', 10),
        quotes: facts('sub.depth.full, limit 5', CONTRACT_DOCS, 'documented example', 5),
        book: facts('sub.depth, merged', CONTRACT_DOCS, 'documented example', 5),
        derivative: facts('sub.ticker', CONTRACT_DOCS, 'documented example', 2),
      },
      tapes: ['trade'],
      tradeIdsContiguous: false,
      tradeAuditUs: 5 * SECOND_US,
      bookRule: MEXC_BOOK_RULE,
      quoteIdsAssumed: true,
      needsInstruments: true,
      symbolMarkers: ['"symbol":"'],
      tapeMarkers: {},
      parseSymbol: (text) => parseContractSymbol(CONTRACT_CATALOGUE, text),
      catalogue: CONTRACT_CATALOGUE.symbols,
      createProtocol: (options) => new ContractProtocol(options),
    },
  ],
};

function facts(
  streamName: string,
  docs: string,
  verified: string,
  staleMinutes: number,
): ChannelFacts {
  return { streamName, docs, verified, staleAfterUs: staleMinutes * MINUTE_US };
}
