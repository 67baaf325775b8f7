/**
 * Every fault of the embedded exchange at once, and a rate that keeps both cores busy: the store
 * must equal the truth, trade by trade, and say itself that it does.
 */
import { expect, test } from 'bun:test';
import { checkCandles } from '../support/candle-query.ts';
import { jsonLine, runCommand } from '../support/cli-process.ts';
import { numberOf, rowsOf } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

const TIMEFRAMES = ['1s', '7s', '1m', '5m', '15m', '37m', '1h', '4h', '1d', '1w', '1M'];

interface Summary extends Record<string, unknown> {
  readonly stored: { readonly trades: number };
  readonly gaps: number;
  readonly repaired: number;
  readonly malformed: number;
  readonly dropped: number;
}

async function record(folder: WorkFolder, ...args: string[]): Promise<Summary> {
  folder.write('tickspine.yaml', `candles:\n  timeframes: [${TIMEFRAMES.join(', ')}]\n`);
  const result = await runCommand(
    folder.path,
    ...['collect', '--simulate', '--no-http', '--json', '--truth', 'truth.ndjson', ...args],
  );
  expect(result.code).toBe(0);
  return jsonLine(result) as unknown as Summary;
}

async function expectTruth(folder: WorkFolder): Promise<void> {
  const store = folder.file('tickspine.db');
  const truth = checkTruth(store, folder.file('truth.ndjson'));
  console.log(`truth: ${JSON.stringify(truth)}`);
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
  const open = "SELECT * FROM data_quality WHERE kind = 'trade_gap' AND repaired = 0";
  expect(rowsOf(store, open)).toEqual([]);
  const candles = checkCandles(store, TIMEFRAMES);
  expect(candles.faults).toEqual([]);
  expect(candles.count).toBe(numberOf(store, 'SELECT count(*) FROM candles'));
  const verified = await runCommand(folder.path, 'verify', '--json');
  expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
}

for (const seed of [1, 2]) {
  test(`with every fault at once, seed ${seed}, the store equals the truth`, async () => {
    using folder = new WorkFolder();
    const seconds = seed === 1 ? 20 : 10;
    const rate = seed === 1 ? '1000' : '4000';
    const summary = await record(
      folder,
      ...['--faults', 'all', '--duration', `${seconds}s`, '--seed', `${seed}`, '--rate', rate],
    );
    expect(summary.gaps).toBeGreaterThan(5);
    expect(summary.repaired).toBe(summary.gaps);
    expect(summary.malformed).toBeGreaterThan(0);
    expect(summary).toMatchObject({ open_gaps: 0, dropped: 0, bbo_mismatched: 0, restarts: 0 });
    await expectTruth(folder);
  });
}

test('20,000 frames a second for 15 s are stored whole', async () => {
  using folder = new WorkFolder();
  const summary = await record(folder, '--rate', '20000', '--duration', '15s');
  expect(summary.stored.trades).toBeGreaterThan(50_000);
  // A machine too slow for this may drop frames; then they are gaps, and refilled like others.
  expect(summary.repaired).toBe(summary.gaps);
  expect(summary).toMatchObject({ malformed: 0, bbo_mismatched: 0, restarts: 0, open_gaps: 0 });
  console.log(`20,000/s: ${JSON.stringify({ ...summary, venues: undefined })}`);
  await expectTruth(folder);
});
