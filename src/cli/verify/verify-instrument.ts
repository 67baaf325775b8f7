/** Proves one instrument of a store: ids against rows, gaps, candles against trades. */
import { IntervalSet } from '../../base/interval-set.ts';
import { parseTimeframe } from '../../model/timeframe.ts';
import type { CandleRow, GapRow, InstrumentRow, StoreReader } from '../../store/contract.ts';
import { type StoredName, storedName } from '../stored-name.ts';
import {
  CandleRebuilder,
  candleFault,
  type RebuiltCandle,
  type WrongCandle,
} from './candle-check.ts';
import { checkHoles, type IdHole } from './hole-check.ts';
import { tradePages } from './trade-pages.ts';

/** Candles compared at a time. */
const CHUNK_CANDLES = 5_000;
const ROWS_MAX = 1_000_000;

export interface VerifyRules {
  readonly timeframes: readonly string[];
  /** Ids of the feed rise by exactly 1; undefined: the feed is not known here. */
  isContiguous(feed: string): boolean | undefined;
  /** Rows of this tape of the feed may stand for several ids. */
  isMerged(feed: string, tape: string | null): boolean;
}

export interface InstrumentProof extends StoredName {
  /** `ids`: coverage is proven by contiguous ids; `time`: the venue's ids cannot prove it. */
  readonly proof: 'ids' | 'time';
  readonly trades: number;
  readonly first_id: number | null;
  readonly last_id: number | null;
  readonly gaps_open: number;
  readonly gaps_repaired: number;
  /** Open gaps of the ledger whose ids all have rows: the ledger is behind, nothing is lost. */
  readonly gaps_filled: number;
  /** Ids missing with a reason: an open gap in the ledger, or no market trade. */
  readonly ids_in_open_gaps: number;
  readonly ids_not_market: number;
  /** Ids that are part of a row with a higher one: merged fills. */
  readonly ids_merged: number;
  readonly unexplained_holes: readonly IdHole[];
  readonly candles_checked: number;
  /** Candles still open or marked partial that are not up to their trades. */
  readonly candles_behind: number;
  readonly wrong_candles: readonly WrongCandle[];
}

export function isProven(proof: InstrumentProof): boolean {
  return proof.unexplained_holes.length === 0 && proof.wrong_candles.length === 0;
}

export async function verifyInstrument(
  reader: StoreReader,
  instrument: InstrumentRow,
  rules: VerifyRules,
): Promise<InstrumentProof> {
  const { venue, symbol, marketType } = instrument;
  const query = { venue, symbol, marketType, limit: ROWS_MAX, order: 'asc' } as const;
  const coverage = await reader.coverage(query);
  const ledger = await reader.gaps(query);
  const candles = new CandleProof(reader, instrument, rules.timeframes);
  const ids = new IntervalSet();
  let trades = 0;
  for await (const page of tradePages(reader, instrument)) {
    trades += page.length;
    for (const trade of page) {
      if (typeof trade.trade_id === 'number') ids.add(trade.trade_id);
      candles.add(trade);
    }
    await candles.compare(CHUNK_CANDLES);
  }
  await candles.finish();
  const hasIds = coverage.some((row) => row.from_id !== null);
  const isContiguous = rules.isContiguous(instrument.feed) ?? hasIds;
  const hasNonMarketPrints = marketType !== 'spot' && instrument.tape === 'trade';
  const hasMergedFills = rules.isMerged(instrument.feed, instrument.tape);
  const holes = checkHoles(ids, coverage, ledger, { hasNonMarketPrints, hasMergedFills });
  const tradeGaps = ledger.filter((gap) => gap.kind === 'trade_gap');
  const isId = isContiguous && trades > 0;
  return {
    ...storedName(instrument),
    proof: isContiguous ? 'ids' : 'time',
    trades,
    first_id: isId ? holes.firstId : null,
    last_id: isId ? holes.lastId : null,
    gaps_open: countState(tradeGaps, 0),
    gaps_repaired: countState(tradeGaps, 1),
    gaps_filled: isContiguous ? countFilled(tradeGaps, ids) : 0,
    ids_in_open_gaps: isContiguous ? holes.explained : 0,
    ids_not_market: isContiguous ? holes.nonMarket : 0,
    ids_merged: isContiguous ? holes.merged : 0,
    unexplained_holes: isContiguous ? holes.unexplained : [],
    candles_checked: candles.checked,
    candles_behind: candles.behind,
    wrong_candles: candles.wrong,
  };
}

function countState(gaps: readonly GapRow[], repaired: 0 | 1): number {
  return gaps.filter((gap) => gap.repaired === repaired).length;
}

function countFilled(gaps: readonly GapRow[], ids: IntervalSet): number {
  return gaps.filter(({ repaired, from_id: from, to_id: to }) => {
    if (repaired === 1 || from === null) return false;
    return ids.holes(from, to ?? from).length === 0;
  }).length;
}

/** The candles of one instrument, compared while its trades go by: memory stays bounded. */
class CandleProof {
  checked = 0;
  behind = 0;
  readonly wrong: WrongCandle[] = [];
  readonly #reader: StoreReader;
  readonly #instrument: InstrumentRow;
  readonly #rebuilders: readonly CandleRebuilder[];

  constructor(reader: StoreReader, instrument: InstrumentRow, timeframes: readonly string[]) {
    this.#reader = reader;
    this.#instrument = instrument;
    this.#rebuilders = timeframes
      .map(parseTimeframe)
      .filter((timeframe) => timeframe !== undefined)
      .map((timeframe) => new CandleRebuilder(timeframe));
  }

  add(trade: Parameters<CandleRebuilder['add']>[0]): void {
    for (const rebuilder of this.#rebuilders) rebuilder.add(trade);
  }

  /** Compares the finished candles of each timeframe that has at least `countMin` of them. */
  async compare(countMin: number): Promise<void> {
    for (const rebuilder of this.#rebuilders) {
      if (rebuilder.doneCount < countMin) continue;
      const made = rebuilder.takeDone();
      await this.#compareChunk(rebuilder, made, false);
    }
  }

  async finish(): Promise<void> {
    await this.compare(1);
    for (const rebuilder of this.#rebuilders) {
      const { newest } = rebuilder;
      if (newest !== undefined) await this.#compareChunk(rebuilder, [newest], true);
    }
  }

  async #compareChunk(
    { timeframe }: CandleRebuilder,
    made: readonly RebuiltCandle[],
    isNewest: boolean,
  ): Promise<void> {
    const [first, last] = [made[0], made.at(-1)];
    if (first === undefined || last === undefined) return;
    const stored = await this.#stored(timeframe.name, first.openUs, last.endUs);
    for (const candle of made) {
      this.checked += 1;
      const row = stored.get(candle.openUs);
      const reason = row === undefined ? 'no candle, but trades' : candleFault(candle, row);
      stored.delete(candle.openUs);
      if (reason === undefined) continue;
      // Partial and newest candles are made good when the recorder goes on; others never change.
      // Of the same number of trades it is another candle, not one that is behind.
      const isOfOthers = row?.trade_count === candle.trades;
      if (!isOfOthers && (isNewest || row?.state === 'partial')) this.behind += 1;
      else this.#report(timeframe.name, candle.openUs, row, reason);
    }
    for (const row of stored.values()) {
      if (row.trade_count === 0) continue;
      this.#report(timeframe.name, row.ts_us, row, `${row.trade_count} trades, but none stored`);
    }
  }

  #report(timeframe: string, openUs: number, row: CandleRow | undefined, reason: string): void {
    this.wrong.push({ timeframe, open_us: openUs, state: row?.state ?? 'missing', reason });
  }

  async #stored(
    timeframe: string,
    startUs: number,
    endUs: number,
  ): Promise<Map<number, CandleRow>> {
    const { venue, symbol, marketType } = this.#instrument;
    const key = { venue, symbol, marketType, timeframe };
    const range = { startUs, endUs, limit: ROWS_MAX, order: 'asc' } as const;
    const rows = await this.#reader.candles({ ...key, ...range });
    return new Map(rows.map((row) => [row.ts_us, row]));
  }
}
