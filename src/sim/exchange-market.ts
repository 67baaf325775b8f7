/** Builds the exchange's feeds: which instruments there are, their pace, ids and seeds. */
import { assert } from '../base/assert.ts';
import { type Clock, US_PER_MS } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import { hashText, mix32 } from '../base/prng.ts';
import type { SimDialect, SimListing } from '../venues/sim-contract.ts';
import type { ExchangeInstrument, ExchangeOptions, ExchangeWitness } from './exchange-options.ts';
import type { FaultCounts, FaultSpec } from './fault-plan.ts';
import { FeedServer } from './feed-server.ts';
import { LiveInstrument } from './live-instrument.ts';
import { paceOf } from './market-pace.ts';
import { createTrade, TradeHistory } from './trade-history.ts';

export interface MarketContext {
  readonly options: ExchangeOptions;
  readonly dialects: readonly SimDialect[];
  readonly faults: FaultSpec;
  readonly faultCounts: FaultCounts;
  readonly clock: Clock;
  readonly witness: ExchangeWitness | undefined;
}

/** Ids of an instrument start at a multiple of this, below it times 4,096. */
const ID_BASE_STEP = 1_000_000;
/** The dialects' REST budgets are meant for this many frames/s. */
const BUDGET_RATE = 250;

/** Throws `UsageError` for an instrument no dialect lists. */
export function checkInstruments(
  dialects: readonly SimDialect[],
  instruments: readonly ExchangeInstrument[],
): void {
  for (const wanted of instruments) {
    const dialect = dialects.find((each) => each.feed === wanted.feed);
    if (dialect?.listings.some((listing) => fits(wanted, wanted.feed, listing))) continue;
    throw new UsageError(
      `the embedded exchange does not trade ${wanted.symbol} at ${wanted.feed}` +
        (wanted.marketType === undefined ? '' : ` as ${wanted.marketType}`),
    );
  }
}

export function createFeedServer(
  context: MarketContext,
  dialect: SimDialect,
  onStreams: () => void,
): FeedServer {
  const { options, faults, faultCounts, clock } = context;
  const seed = mix32(hashText(dialect.feed) ^ mix32(options.seed));
  const { limits } = dialect;
  const { connectionLifeMs, pingEveryMs } = options;
  const share = options.rate / instrumentCount(context);
  let server: FeedServer | undefined;
  const isStale = () => server?.plan.strikes('stalebook') ?? false;
  const instruments = dialect.listings.map((listing, index) =>
    createInstrument(context, dialect, listing, index, share, isStale),
  );
  server = new FeedServer({
    dialect,
    instruments,
    faults,
    faultCounts,
    seed,
    clock,
    onStreams,
    restWeightPerMinute:
      options.restWeightPerMinute ??
      Math.ceil(limits.restWeightPerMinute * Math.max(1, options.rate / BUDGET_RATE)),
    limits: {
      ...limits,
      connectionLifeUs:
        connectionLifeMs === undefined ? limits.connectionLifeUs : connectionLifeMs * US_PER_MS,
      pingEveryUs: pingEveryMs === undefined ? limits.pingEveryUs : pingEveryMs * US_PER_MS,
    },
  });
  return server;
}

/** How many instruments the rate is shared over. */
function instrumentCount(context: MarketContext): number {
  const { options, dialects } = context;
  if (options.instruments !== undefined && options.instruments.length > 0) {
    return options.instruments.length;
  }
  const majors = dialects.flatMap((each) => each.listings.filter((listing) => listing.isMajor));
  assert(majors.length > 0, 'Invariant: every dialect lists a major');
  return majors.length;
}

function createInstrument(
  context: MarketContext,
  dialect: SimDialect,
  listing: SimListing,
  index: number,
  share: number,
  isStale: () => boolean,
): LiveInstrument {
  const { options, clock, witness } = context;
  const name = `${dialect.feed} ${listing.symbol} ${listing.marketType}`;
  const seed = mix32(hashText(name) ^ mix32(options.seed + 0x165667b1));
  const wanted = options.instruments?.find((each) => fits(each, dialect.feed, listing));
  const tape = wanted?.tape ?? options.tapes?.[dialect.feed] ?? dialect.tape;
  // Seeds differ by instrument; ids must too, so that a mix-up of instruments shows.
  const idBase = (1 + (hashText(name) & 0xfff)) * ID_BASE_STEP;
  const framesPerTrade = dialect.fills({ tape, idBase }, createTrade()).length;
  const pace = paceOf(share, framesPerTrade);
  const history = new TradeHistory({
    seed,
    pathSeed: mix32(hashText(listing.base) ^ mix32(options.seed)),
    listing,
    slotUs: pace.slotUs,
    timeUnitUs: dialect.timeUnitUs,
  });
  return new LiveInstrument({
    index,
    listing,
    tape,
    seed,
    idBase,
    idJumpMax: dialect.idJumpMax,
    pace,
    history,
    nowUs: () => clock.wallUs(),
    isStale,
    onBook: witness && ((live, book) => witness.onBook(dialect.feed, live, book)),
    isAlwaysOn:
      options.isAlwaysOn === true && (wanted !== undefined || isDefault(options, listing)),
  });
}

function isDefault(options: ExchangeOptions, listing: SimListing): boolean {
  return options.instruments === undefined && listing.isMajor;
}

function fits(wanted: ExchangeInstrument, feed: string, listing: SimListing): boolean {
  return (
    wanted.feed === feed &&
    wanted.symbol === listing.symbol &&
    (wanted.marketType === undefined || wanted.marketType === listing.marketType)
  );
}
