/**
 * Which instruments exist: those recorded now (engine) and those ever stored. Routes ask here
 * first, so that a misspelled symbol is a 404 with close matches and never an empty page.
 */
import type { Clock } from '../base/clock.ts';
import { US_PER_SECOND } from '../base/clock.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { type InstrumentKey, instrumentName, type MarketType } from '../model/instrument.ts';
import type { InstrumentRow } from '../store/contract.ts';
import { closeMatches } from './close-match.ts';
import { badParameter, HttpProblem, quoted } from './problem.ts';
import type { StoreGate } from './store-gate.ts';

/** The stored list is read again after this time, and on every miss. */
const LIST_AGE_US_MAX = 2 * US_PER_SECOND;
const MATCH_COUNT_MAX = 5;

export interface InstrumentFilter {
  readonly venue?: string | undefined;
  readonly symbol?: string | undefined;
  readonly market_type?: MarketType | undefined;
}

export interface InstrumentListing extends InstrumentRow {
  /** True when this process records it now. */
  readonly isRecorded: boolean;
}

export interface InstrumentDirectoryOptions {
  readonly view: EngineView;
  readonly gate: StoreGate;
  readonly clock: Clock;
}

export class InstrumentDirectory {
  readonly #options: InstrumentDirectoryOptions;
  #list: readonly InstrumentListing[] = [];
  #listUs = Number.NEGATIVE_INFINITY;

  constructor(options: InstrumentDirectoryOptions) {
    this.#options = options;
  }

  /** Instruments that `filter` names, at least one; throws the 404 when there is none. */
  async find(filter: InstrumentFilter): Promise<readonly InstrumentListing[]> {
    let found = (await this.#read(LIST_AGE_US_MAX)).filter((item) => matches(item, filter));
    if (found.length === 0) {
      found = (await this.#read(0)).filter((item) => matches(item, filter));
    }
    const isEmptyQuestion = Object.values(filter).every((part) => part === undefined);
    if (found.length === 0 && !isEmptyQuestion) throw this.#unknown(filter);
    return found;
  }

  /** The one instrument that `filter` names; throws 404 for none and 400 for several. */
  async findOne(filter: InstrumentFilter): Promise<InstrumentKey> {
    const [first, second] = await this.find(filter);
    if (first === undefined) throw this.#unknown(filter);
    if (second !== undefined) {
      const types = (await this.find(filter)).map((item) => item.marketType).join(', ');
      throw badParameter('market_type', `say which market_type is meant: ${types}`);
    }
    const { venue, symbol, marketType } = first;
    return { venue, symbol, marketType };
  }

  async #read(ageUsMax: number): Promise<readonly InstrumentListing[]> {
    const nowUs = this.#options.clock.monoUs();
    if (nowUs - this.#listUs < ageUsMax) return this.#list;
    const stored = await this.#options.gate.read((reader) => reader.instruments());
    this.#list = mergeListings(stored, this.#options.view);
    this.#listUs = nowUs;
    return this.#list;
  }

  #unknown(filter: InstrumentFilter): HttpProblem {
    const wanted = [filter.venue, filter.symbol, filter.market_type].filter(Boolean).join(' ');
    const field = this.#unknownField(filter);
    // Compared by the parts that were given: a whole name would outweigh a one-letter typo in one.
    const isGiven = (_: unknown, i: number) =>
      [filter.venue, filter.symbol, filter.market_type][i] !== undefined;
    const names = new Set(
      this.#list.map((item) =>
        [item.venue, item.symbol, item.marketType].filter(isGiven).join(' '),
      ),
    );
    const close = closeMatches(wanted, [...names], MATCH_COUNT_MAX);
    const hint =
      names.size === 0
        ? 'nothing is recorded yet'
        : close.length === 0
          ? 'see /api/v1/instruments'
          : `close matches: ${close.join(', ')}`;
    return new HttpProblem('unknown_instrument', `no instrument ${quoted(wanted)}; ${hint}`, {
      field,
    });
  }

  /** The first part that matches nothing on top of those before it. */
  #unknownField(filter: InstrumentFilter): string {
    if (!this.#list.some((item) => matches(item, { venue: filter.venue }))) return 'venue';
    const { venue, symbol } = filter;
    if (!this.#list.some((item) => matches(item, { venue, symbol }))) return 'symbol';
    return 'market_type';
  }
}

function matches(item: InstrumentKey, filter: InstrumentFilter): boolean {
  return (
    (filter.venue === undefined || item.venue === filter.venue) &&
    (filter.symbol === undefined || item.symbol === filter.symbol) &&
    (filter.market_type === undefined || item.marketType === filter.market_type)
  );
}

function mergeListings(
  stored: readonly InstrumentRow[],
  view: EngineView,
): readonly InstrumentListing[] {
  const listings = new Map<string, InstrumentListing>();
  for (const row of stored) listings.set(instrumentName(row), { ...row, isRecorded: false });
  for (const live of view.instruments()) {
    const known = listings.get(instrumentName(live));
    listings.set(instrumentName(live), {
      tickSize: null,
      lotSize: null,
      contractSize: 1,
      status: '',
      ...known,
      ...live,
      isRecorded: true,
    });
  }
  return [...listings.values()].sort((a, b) => (instrumentName(a) < instrumentName(b) ? -1 : 1));
}
