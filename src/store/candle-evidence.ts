/**
 * The state of a candle made from stored rows, by the contract's rule: `partial` when an open trade
 * gap overlaps it or no coverage interval spans it, else `repaired` when a repaired gap overlaps
 * it, else `complete`. A gap's ends are the times of the trades around it; what is missing may
 * share them, so both ends count as inside.
 */
import { CandleState } from '../model/record-layout.ts';

export interface GapSpan {
  readonly fromUs: number;
  /** NaN when its end is not known yet. */
  readonly toUs: number;
  readonly isRepaired: boolean;
}

export interface CoveredSpan {
  readonly fromUs: number;
  readonly toUs: number;
}

export class CandleEvidence {
  readonly #gaps: readonly GapSpan[];
  readonly #covered: readonly CoveredSpan[];

  constructor(gaps: readonly GapSpan[], covered: readonly CoveredSpan[]) {
    this.#gaps = gaps;
    this.#covered = covered;
  }

  /** Nothing else matters then: the bucket openUs ≤ t < endUs is partial. */
  isBroken(openUs: number, endUs: number): boolean {
    return this.#gaps.some((gap) => !gap.isRepaired && touches(gap, openUs, endUs));
  }

  /** State of the bucket openUs ≤ t < endUs. */
  stateOf(openUs: number, endUs: number): CandleState {
    if (this.isBroken(openUs, endUs)) return CandleState.partial;
    const isRepaired = this.#gaps.some((gap) => {
      // A repaired gap whose end nobody knew touches the bucket it began in.
      const isNear = !Number.isNaN(gap.toUs) || gap.fromUs >= openUs;
      return isNear && touches(gap, openUs, endUs);
    });
    const isSpanned = this.#covered.some((span) => span.fromUs <= openUs && span.toUs >= endUs);
    if (!isSpanned) return CandleState.partial;
    return isRepaired ? CandleState.repaired : CandleState.complete;
  }
}

/** An end that is not known yet lies behind every bucket. */
function touches({ fromUs, toUs }: GapSpan, openUs: number, endUs: number): boolean {
  return fromUs < endUs && !(toUs < openUs);
}
