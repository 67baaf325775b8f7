/** Which rows a candle is made of: trades, or the candles of a finer timeframe. */
import { US_PER_SECOND } from '../base/clock.ts';
import { nests, type Timeframe } from '../model/timeframe.ts';
import type { CandleAccess } from './candle-access.ts';

const HOUR_US = 3_600 * US_PER_SECOND;
const MONTH_US = 30 * 24 * HOUR_US;

export class CandleSources {
  /** Finest first. */
  readonly timeframes: readonly Timeframe[];
  readonly #access: CandleAccess;

  constructor(access: CandleAccess, timeframes: readonly Timeframe[]) {
    this.#access = access;
    this.timeframes = [...timeframes].sort((a, b) => roughLengthUs(a) - roughLengthUs(b));
  }

  /** The timeframe to make `timeframe` from, as far back as `fromUs`; undefined: from trades. */
  async at(timeframe: Timeframe, fromUs: number): Promise<Timeframe | undefined> {
    const source = this.#finerThan(timeframe);
    if (source === undefined || !isShort(timeframe)) return source;
    return fromUs < (await this.#access.prunedBeforeUs(source)) ? undefined : source;
  }

  /** Before this time what `timeframe` is made of at last may have been deleted by retention. */
  async prunedBeforeUs(timeframe: Timeframe): Promise<number> {
    const last = isShort(timeframe) ? undefined : this.#finerThan(timeframe);
    return this.#access.prunedBeforeUs(last);
  }

  #finerThan(timeframe: Timeframe): Timeframe | undefined {
    const lengthUs = roughLengthUs(timeframe);
    return this.timeframes.findLast(
      (fine) => roughLengthUs(fine) < lengthUs && nests(fine, timeframe),
    );
  }
}

/** For ordering and for bounds only: months vary. */
export function roughLengthUs(timeframe: Timeframe): number {
  return timeframe.unit === 'M' ? timeframe.count * MONTH_US : timeframe.lengthUs;
}

/** Its trades can be read again where finer candles do not do. */
export function isShort(timeframe: Timeframe): boolean {
  return roughLengthUs(timeframe) < HOUR_US;
}
