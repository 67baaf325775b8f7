/**
 * `candles`: trades of four instruments into seven timeframes, from typed arrays into the builder
 * and from a ring through the whole aggregator, against one object a candle in a Map.
 */

import { Row } from '../../src/candles/bucket-row.ts';
import { CandleBuilder } from '../../src/candles/candle-builder.ts';
import type { CandleOutput } from '../../src/candles/candle-output.ts';
import { DEFAULT_TIMEFRAMES } from '../../src/cli/config/config-schema.ts';
import { parseTimeframe, type Timeframe } from '../../src/model/timeframe.ts';
import { aggregatorRun } from '../candles/aggregator-run.ts';
import { NaiveCandles } from '../candles/naive-candles.ts';
import { INSTRUMENTS, makeTrades, TICK_EVERY, type TradeTable } from '../candles/trade-table.ts';
import { NumberChecksum } from '../harness/checksum.ts';
import { measurePasses, nowUs } from '../harness/measure.ts';
import type { BenchCase, Contender, RunContext, RunOutcome, Suite } from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';

const TRADES = { tiny: 5000, quick: 500_000, full: 2_000_000 };

export function sevenTimeframes(): Timeframe[] {
  return DEFAULT_TIMEFRAMES.map((name) => {
    const timeframe = parseTimeframe(name);
    if (timeframe === undefined) throw new Error(`${name} is no timeframe`);
    return timeframe;
  });
}

interface Candles {
  /** Timed. */
  play(trades: TradeTable): void;
  /** The candles there are in the end, each bucket once. */
  checksum(): string;
}

/** Keeps the last state of each bucket, as a store would. */
class BuilderRun implements Candles {
  readonly #last = new Map<string, readonly [close: number, tradeCount: number]>();

  play(trades: TradeTable): void {
    const output: CandleOutput = {
      candle: (instrument, timeframe, rows, at) => {
        const key = `${instrument} ${timeframe} ${rows[at + Row.openUs]}`;
        const count = rows[at + Row.tradeCount] as number;
        // A quiet bucket has no trades; the naive contender does not have it at all.
        if (count > 0) this.#last.set(key, [rows[at + Row.close] as number, count]);
        return true;
      },
    };
    const builder = new CandleBuilder({
      feeds: new Array(INSTRUMENTS).fill(0),
      timeframes: sevenTimeframes(),
      output,
    });
    const { instrument, tsUs, recvUs, price, size, isSell, count } = trades;
    for (let i = 0; i < count; i += 1) {
      const us = recvUs[i] as number;
      builder.onTrade(
        instrument[i] as number,
        tsUs[i] as number,
        us,
        price[i] as number,
        size[i] as number,
        i,
        isSell[i] === 1,
        false,
      );
      if (i % TICK_EVERY === 0) builder.onTick(0, us);
    }
    builder.finish();
  }

  checksum(): string {
    const sum = new NumberChecksum();
    for (const [close, count] of this.#last.values()) sum.add(close, count);
    return String(sum);
  }
}

class NaiveRun implements Candles {
  readonly #candles = new NaiveCandles(sevenTimeframes());

  play(trades: TradeTable): void {
    const { instrument, tsUs, price, size, isSell, count } = trades;
    for (let i = 0; i < count; i += 1) {
      this.#candles.add({
        instrument: instrument[i] as number,
        tsUs: tsUs[i] as number,
        price: price[i] as number,
        size: size[i] as number,
        isSell: isSell[i] === 1,
      });
    }
  }

  checksum(): string {
    const sum = new NumberChecksum();
    for (const { close, tradeCount } of this.#candles.all()) sum.add(close, tradeCount);
    return String(sum);
  }
}

function contender(name: string, isOurs: boolean, make: () => Candles): Contender {
  return {
    name,
    isOurs,
    async run({ scale }: RunContext): Promise<RunOutcome> {
      const trades = makeTrades(scaled(scale, TRADES));
      let checksum = '';
      const { passes, elapsedUs } = measurePasses(scale, () => {
        const candles = make();
        const startUs = nowUs();
        candles.play(trades);
        const passUs = nowUs() - startUs;
        checksum = candles.checksum();
        return passUs;
      });
      const work = passes * trades.count;
      return {
        value: (work / elapsedUs) * 1e6,
        work,
        elapsedUs,
        checksums: { 'close and count of each bucket': checksum },
        metrics: { 'ns a trade': (elapsedUs * 1000) / work },
        source: 'seeded random walk',
      };
    },
  };
}

const CASES: readonly BenchCase[] = [
  {
    id: 'seven timeframes',
    title: `trades of ${INSTRUMENTS} instruments into ${DEFAULT_TIMEFRAMES.join(' ')}`,
    unit: 'trades/s',
    better: 'higher',
    contenders: [
      contender('CandleBuilder', true, () => new BuilderRun()),
      contender('an object a candle in a Map', false, () => new NaiveRun()),
    ],
    goals: [{ kind: 'at-least', text: 'candles, seven timeframes, trades/s a core', limit: 5e6 }],
  },
  {
    id: 'aggregator',
    title: 'the whole aggregator: ring → seven timeframes, live table, latencies → ring',
    unit: 'trades/s',
    better: 'higher',
    contenders: [{ name: 'AggregatorAgent', isOurs: true, run: aggregatorRun(TRADES) }],
  },
];

export const suite: Suite = {
  name: 'candles',
  title: 'trades to candles',
  cases: async () => CASES,
};
