/**
 * MEXC as the embedded exchange speaks it: both feeds' markets, limits and ids here, the WebSockets
 * in `sim-spot.ts` and `sim-perp.ts`, REST beside them.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import { listMarket } from '../kit/sim-coins.ts';
import type { SimDialect, SimFeed, SimHost, SimListing } from '../sim-contract.ts';
import { CONTRACT_CATALOGUE, SPOT_CATALOGUE } from './catalogue.ts';
import { spotFills, spotTradeNumber } from './sim-ids.ts';
import { PerpClient, PerpStreams } from './sim-perp.ts';
import { PerpSimRest } from './sim-perp-rest.ts';
import { SpotClient, SpotStreams, SUBSCRIPTIONS_MAX } from './sim-spot.ts';
import { SpotSimRest } from './sim-spot-rest.ts';

const DAY_US = 86_400 * US_PER_SECOND;

const SPOT: SimDialect = {
  feed: 'mexc.spot',
  listings: SPOT_CATALOGUE.symbols.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return listMarket(base, quote, 'spot', base + quote);
  }),
  limits: {
    framesPerSecond: 100,
    streamsPerConnection: SUBSCRIPTIONS_MAX,
    connectionLifeUs: DAY_US,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: DAY_US,
    restWeightPerMinute: 1800,
  },
  timeUnitUs: 1000,
  idJumpMax: 1,
  tape: 'trade',
  fills: spotFills,
  tradeNumber: spotTradeNumber,
  create: createSpot,
};

const CONTRACT: SimDialect = {
  feed: 'mexc.contract',
  listings: CONTRACT_CATALOGUE.symbols.map(listContract),
  limits: {
    // Neither is documented.
    framesPerSecond: 100,
    streamsPerConnection: 1000,
    connectionLifeUs: DAY_US,
    pingEveryUs: Number.POSITIVE_INFINITY,
    pongWithinUs: DAY_US,
    restWeightPerMinute: 600,
  },
  timeUnitUs: 1000,
  idJumpMax: 1,
  tape: 'trade',
  fills: ({ idBase }, trade) => [{ tradeId: String(idBase + trade.number), lots: trade.lots }],
  tradeNumber: ({ idBase }, tradeId) => Number(tradeId) - idBase,
  create: createContract,
};

export const dialects: readonly SimDialect[] = [SPOT, CONTRACT];

/** Lots are contracts: a power of ten of the coin, or of dollars where they settle in the coin. */
function listContract(symbol: string): SimListing {
  const [base = '', quote = ''] = symbol.split('/');
  const listing = listMarket(base, quote, 'perp', `${base}_${quote}`);
  if (quote !== 'USD') return listing;
  const inverseValue = base === 'BTC' ? 100 : 10;
  const units = Math.max(1, Math.round((inverseValue / listing.price) * 1e8));
  return { ...listing, inverseValue, lot: { units, decimals: 8 } };
}

function createSpot(host: SimHost): SimFeed {
  const streams = new SpotStreams(host.instruments);
  const rest = new SpotSimRest(host);
  return {
    hasSocketAt: (path) => path === '/ws',
    connect: (connection) => new SpotClient(connection, streams),
    restWeight: (request) => rest.weight(request),
    rest: (request) => rest.answer(request),
    restRefusal: (seconds) => rest.refusal(seconds),
  };
}

function createContract(host: SimHost): SimFeed {
  const streams = new PerpStreams(host.instruments);
  const rest = new PerpSimRest(host);
  let connections = 0;
  return {
    hasSocketAt: (path) => path === '/edge',
    connect: (connection) => {
      connections += 1;
      return new PerpClient(connection, streams, connections);
    },
    restWeight: () => 1,
    rest: (request) => rest.answer(request),
    restRefusal: () => rest.refusal(),
  };
}
