/** What a (re)start needs from the store: ids held, and the open candle of every timeframe. */
import { US_PER_SECOND } from '../base/clock.ts';
import type { Instrument } from '../model/instrument.ts';
import type { CandleSeed, ResumeState, StoreWriter } from '../store/contract.ts';

/** Candles this long before the last stored trade may have missed their last update in a crash. */
const CANDLE_LAG_US = 120 * US_PER_SECOND;
const CLOCKS_APART_US_MAX = 60 * US_PER_SECOND;

/** By instrument index. */
export type ResumeMap = readonly (readonly [number, ResumeState])[];

export interface ResumePlan {
  readonly resume: ResumeMap;
  readonly seeds: readonly CandleSeed[];
}

export async function planResume(
  store: StoreWriter,
  instruments: readonly Instrument[],
  nowUs: number,
): Promise<ResumePlan> {
  const resume: (readonly [number, ResumeState])[] = [];
  const seeds: CandleSeed[] = [];
  for (const instrument of instruments) {
    const state = await store.resume(instrument);
    resume.push([instrument.index, state]);
    if (Number.isNaN(state.lastTradeUs)) continue;
    // A capture may be older than what the store holds.
    const fromUs = Math.min(state.lastTradeUs, nowUs) - CANDLE_LAG_US;
    // A venue's clock that is ahead of ours has the tape in a bucket that has not begun here.
    const isAhead = state.lastTradeUs > nowUs && state.lastTradeUs - nowUs < CLOCKS_APART_US_MAX;
    const seedUs = isAhead ? state.lastTradeUs : nowUs;
    seeds.push(...(await store.rebuildCandles(instrument, fromUs, nowUs, seedUs)));
  }
  return { resume, seeds };
}
