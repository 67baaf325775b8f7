/** Trades in columns: a seeded random walk of four instruments in venue order. */
import { Prng } from '../../src/base/prng.ts';

export const INSTRUMENTS = 4;
/** Trades between two ticks of the feed's clock: 50 ms at 20,000 trades/s. */
export const TICK_EVERY = 1000;
const START_US = 1_767_225_600_000_000;
/** Mean distance of two trades: 20,000 a second. */
const STEP_US = 50;
const LATENCY_US = 5000;

export interface TradeTable {
  readonly count: number;
  readonly instrument: Uint32Array;
  readonly tsUs: Float64Array;
  readonly recvUs: Float64Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  readonly isSell: Uint8Array;
}

export function makeTrades(count: number): TradeTable {
  const prng = new Prng(11);
  const table: TradeTable = {
    count,
    instrument: new Uint32Array(count),
    tsUs: new Float64Array(count),
    recvUs: new Float64Array(count),
    price: new Float64Array(count),
    size: new Float64Array(count),
    isSell: new Uint8Array(count),
  };
  const cents = new Array(INSTRUMENTS).fill(6_000_000);
  let tsUs = START_US;
  for (let i = 0; i < count; i += 1) {
    const instrument = prng.below(INSTRUMENTS);
    tsUs += prng.below(2 * STEP_US);
    cents[instrument] += prng.below(21) - 10;
    table.instrument[i] = instrument;
    table.tsUs[i] = tsUs;
    table.recvUs[i] = tsUs + LATENCY_US;
    table.price[i] = cents[instrument] / 100;
    table.size[i] = (1 + prng.below(100_000)) / 1e5;
    table.isSell[i] = prng.below(2);
  }
  return table;
}
