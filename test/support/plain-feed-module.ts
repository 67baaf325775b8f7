/** Small venues for tests of the config: real symbols grammar, no protocol. */
import { parseCanonicalSymbol } from '../../src/model/instrument.ts';
import type { FeedModule, SymbolResult, VenueModule } from '../../src/venues/contract.ts';

const FACTS = { streamName: 's', docs: 'd', verified: 'v', staleAfterUs: 1e6 };

export function plainFeedModule(id: string, catalogue: readonly string[]): FeedModule {
  const marketType = id.endsWith('spot') ? 'spot' : 'perp';
  return {
    id,
    venue: id.split('.')[0] ?? id,
    urls: { ws: `wss://${id}`, rest: `https://${id}` },
    limits: {
      streamsPerConnection: 10,
      framesPerSecond: 5,
      connectsPer5Minutes: 300,
      connectionLifeUs: 1e12,
      restWeightPerMinute: 6000,
      heartbeatUs: Number.POSITIVE_INFINITY,
    },
    channels: { trades: FACTS, quotes: FACTS, book: FACTS },
    tapes: marketType === 'spot' ? ['trade'] : ['aggTrade', 'trade'],
    tradeIdsContiguous: true,
    bookRule: { first: () => 'apply', next: () => 'apply' },
    symbolMarkers: [],
    tapeMarkers: {},
    catalogue,
    parseSymbol(text): SymbolResult {
      const plain = catalogue.find((symbol) => symbol.replace('/', '') === text);
      const symbol = plain ?? text;
      const parts = parseCanonicalSymbol(symbol);
      if (parts === undefined) return { ok: false, reason: `'${text}' is not BASE/QUOTE` };
      const { base, quote } = parts;
      const listed = catalogue.includes(symbol);
      return { ok: true, symbol, marketType, venueSymbol: base + quote, base, quote, listed };
    },
    createProtocol: () => {
      throw new Error('this module speaks no protocol');
    },
  };
}

export function plainVenues(): VenueModule[] {
  const catalogue = ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'BTC/USDC'];
  const feeds = ['binance.spot', 'binance.usdm'].map((id) => plainFeedModule(id, catalogue));
  return [{ id: 'binance', feeds }];
}
