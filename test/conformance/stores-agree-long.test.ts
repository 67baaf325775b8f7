/** The same batches make the same rows in every store, whatever they say and how often. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { StatusFields } from '../../src/model/record-codec.ts';
import { StatusKind } from '../../src/model/record-layout.ts';
import type { RecordBatch, StoreReader, StoreWriter } from '../../src/store/contract.ts';
import { BatchBuilder, MINUTE_US, NEW_YEAR_US, SECOND_US } from '../support/batch-builder.ts';
import { BTC, ETH, timeframes } from '../support/store-suite.ts';
import { storeTargets } from '../support/store-targets.ts';

const WHOLE = { limit: 10_000, order: 'asc' } as const;
const RUNS = 12;

const id = fc.integer({ min: 1, max: 30 });
const tsUs = fc
  .integer({ min: 0, max: 30 })
  .map((second) => NEW_YEAR_US - 10 * SECOND_US + second * SECOND_US);
const kind = fc.constantFrom(
  StatusKind.gap,
  StatusKind.gap,
  StatusKind.repaired,
  StatusKind.repaired,
  StatusKind.coverage,
  StatusKind.coverage,
  StatusKind.stale,
  StatusKind.refused,
  StatusKind.quarantine,
  StatusKind.rebuild,
);
type Status = Omit<StatusFields, 'recvUs'> & { readonly recvUs: number };
const status: fc.Arbitrary<Status> = fc.record({
  instrument: fc.integer({ min: 0, max: 2 }),
  kind,
  channel: fc.constantFrom(0, 0, 0, 2),
  recvUs: tsUs.map((us) => us + 5 * MINUTE_US),
  fromId: fc.oneof(id, fc.constant(Number.NaN)),
  toId: fc.oneof(id, fc.constant(Number.NaN)),
  fromUs: fc.oneof(tsUs, fc.constant(Number.NaN)),
  toUs: fc.oneof(tsUs, fc.constant(Number.NaN)),
  missing: fc.integer({ min: 0, max: 3 }),
  how: fc.constantFrom('', 'rest', 'stale: again', 'content'),
});
const step = fc.oneof(
  fc.record({ id, tsUs, price: fc.integer({ min: 1, max: 9 }) }).map((trade) => ({ trade })),
  status.map((said) => ({ said })),
  fc
    .record({
      openUs: fc.integer({ min: -1, max: 1 }).map((minute) => NEW_YEAR_US + minute * MINUTE_US),
      tradeCount: fc.integer({ min: 0, max: 4 }),
      close: fc.integer({ min: 100, max: 102 }),
      state: fc.constantFrom(0 as const, 1 as const, 2 as const),
      isClosed: fc.boolean(),
      recvUs: fc.integer({ min: 0, max: 3 }).map((us) => NEW_YEAR_US + MINUTE_US + us),
    })
    .map((candle) => ({ candle })),
  fc
    .tuple(fc.constantFrom(1, Number.NaN), fc.constantFrom(2, Number.NaN), tsUs)
    .map(([mark, index, us]) => ({ tick: [mark, index, us] as const })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function batchOf(steps: readonly Step[]): RecordBatch {
  const batch = new BatchBuilder();
  for (const one of steps) {
    if ('trade' in one) batch.trade(one.trade);
    else if ('said' in one) batch.status(one.said);
    else if ('candle' in one) batch.candle(one.candle);
    else {
      const [mark, index, us] = one.tick;
      batch.derivative([mark, index, Number.NaN, Number.NaN, Number.NaN], us);
    }
  }
  return batch.build();
}

/** What a writer answered to each batch, and what a reader then sees. */
async function record(
  writer: StoreWriter,
  reader: StoreReader,
  batches: readonly RecordBatch[],
): Promise<unknown> {
  const results: unknown[] = [];
  for (const batch of batches) results.push(await writer.write(batch));
  return {
    results,
    trades: await reader.trades(WHOLE),
    gaps: (await reader.gaps(WHOLE)).map((row) => JSON.stringify(row)).sort(),
    coverage: (await reader.coverage(WHOLE)).map((row) => JSON.stringify(row)).sort(),
    // Without any candle there is no timeframe to ask for: a refusal, the same in each store.
    candles: await reader
      .candles({ ...BTC, ...WHOLE, timeframe: '1m' })
      .catch((error: Error) => error.message),
    ticks: await reader.derivatives(WHOLE),
    resumed: [await writer.resume(BTC), await writer.resume(ETH)],
  };
}

const targets = (await storeTargets()).filter(({ skipReason }) => skipReason === '');

test.skipIf(targets.length < 2)('stores agree on what batches mean', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 5 }),
      async (plan) => {
        const seen: unknown[] = [];
        for (const target of targets) {
          const fresh = await target.fresh();
          const options = { timeframes: timeframes('1m', '1h'), bookDeltas: false };
          const writer = target.module.createWriter(fresh.url, options);
          try {
            await writer.open();
            await writer.registerInstruments([BTC, ETH]);
            const reader = await target.module.openReader(fresh.url);
            const batches = plan.map(batchOf);
            seen.push(await record(writer, reader, [...batches, ...batches]));
            await reader.close();
          } finally {
            await writer.close();
            await fresh.dispose();
          }
        }
        for (const other of seen) expect(other).toEqual(seen[0]);
      },
    ),
    { numRuns: RUNS },
  );
});
