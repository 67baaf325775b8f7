/**
 * The price of an instrument as a pure function of time: value noise in octaves, from a day down to
 * a second. Nothing is carried from one moment to the next, so any process with the same seed
 * reads the same price at the same time, in any order.
 *
 * Only additions, multiplications and comparisons are used: those give equal bits on every machine.
 */
import { mix32 } from '../base/prng.ts';

interface Octave {
  readonly periodUs: number;
  /** Largest relative deviation it adds. */
  readonly amplitude: number;
}

const OCTAVES: readonly Octave[] = [
  { periodUs: 86_400e6, amplitude: 0.04 },
  { periodUs: 14_400e6, amplitude: 0.015 },
  { periodUs: 1_800e6, amplitude: 0.006 },
  { periodUs: 180e6, amplitude: 0.0015 },
  { periodUs: 15e6, amplitude: 0.0003 },
  { periodUs: 1e6, amplitude: 0.00006 },
];
const U32 = 0x1_0000_0000;
/** A spread holds this long. */
const SPREAD_PERIOD_US = 400_000;

export class PricePath {
  readonly #anchor: number;
  readonly #seed: number;
  // Noise at both ends of the lattice cell last asked about: a cache, not a state.
  readonly #cell = new Float64Array(OCTAVES.length).fill(-1);
  readonly #left = new Float64Array(OCTAVES.length);
  readonly #right = new Float64Array(OCTAVES.length);

  /** `anchor` in ticks. */
  constructor(seed: number, anchor: number) {
    this.#seed = seed;
    this.#anchor = anchor;
  }

  /** Best bid at `tsUs`, in ticks, at least 1. */
  bidTicks(tsUs: number): number {
    let deviation = 0;
    for (let i = 0; i < OCTAVES.length; i += 1) {
      const { periodUs, amplitude } = OCTAVES[i] as Octave;
      const cell = Math.floor(tsUs / periodUs);
      if (this.#cell[i] !== cell) this.#enter(i, cell);
      const x = tsUs / periodUs - cell;
      const blend = x * x * (3 - 2 * x);
      const left = this.#left[i] as number;
      deviation += amplitude * (left + ((this.#right[i] as number) - left) * blend);
    }
    return Math.max(1, Math.floor(this.#anchor * (1 + deviation)));
  }

  /** Ticks between best bid and best ask at `tsUs`: 1 mostly, at most 3. */
  spreadTicks(tsUs: number): number {
    const draw = mix32(this.#seed ^ mix32(Math.floor(tsUs / SPREAD_PERIOD_US))) & 7;
    return draw < 5 ? 1 : draw < 7 ? 2 : 3;
  }

  #enter(octave: number, cell: number): void {
    this.#cell[octave] = cell;
    this.#left[octave] = this.#noise(octave, cell);
    this.#right[octave] = this.#noise(octave, cell + 1);
  }

  /** In [-1, 1). */
  #noise(octave: number, cell: number): number {
    const salt = mix32(this.#seed + octave * 0x9e3779b1);
    return (mix32(salt ^ mix32(cell)) / U32) * 2 - 1;
  }
}
