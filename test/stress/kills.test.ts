/**
 * Twenty `kill -9` in a row while every fault strikes, on one store and one market, then one clean
 * run: nothing lost, nothing twice, every hole in the ledger, no candle half of itself.
 *
 * The seed of the kill times is printed; `SEED=…` runs the same times again.
 */
import { expect, test } from 'bun:test';
import { Prng } from '../../src/base/prng.ts';
import { candlesAheadOfTrades, checkCandles } from '../support/candle-query.ts';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { numberOf, rowsOf } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

const KILLS = 20;
const TIMEFRAMES = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'];
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const LAST_IDS = `SELECT venue || ' ' || symbol || ' ' || market_type AS name, max(trade_id) AS id
  FROM trades GROUP BY venue, symbol, market_type`;

interface Kill {
  readonly runMs: number;
  readonly pauseMs: number;
}

/** Last stored ids by instrument. */
function lastIds(path: string): Map<string, number> {
  return new Map(rowsOf(path, LAST_IDS).map(({ name, id }) => [String(name), Number(id)]));
}

/** After a kill: what is stored is consistent, whatever is missing. */
function expectConsistent(path: string): void {
  expect(rowsOf(path, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
  expect(candlesAheadOfTrades(path, TIMEFRAMES)).toEqual([]);
}

/** Ids missing behind `last` are in the ledger as the hole of a restart, and were closed. */
function expectHolesTold(path: string, holes: readonly Map<string, number>[]): void {
  const told = rowsOf(
    path,
    `SELECT venue || ' ' || symbol || ' ' || market_type AS name, from_id, to_id, cause, repaired
      FROM data_quality WHERE kind = 'trade_gap'`,
  );
  expect(told.filter(({ repaired }) => repaired !== 1)).toEqual([]);
  const untold: string[] = [];
  for (const [i, last] of holes.entries()) {
    for (const [name, id] of last) {
      // Where the market made no trade while nobody listened there is no hole.
      const madeSince = holes[i + 1]?.get(name) ?? Number.POSITIVE_INFINITY;
      const isTold = told.some(
        (gap) =>
          gap.name === name &&
          Number(gap.from_id) <= id + 1 &&
          Number(gap.to_id ?? gap.from_id) > id &&
          /restart|crash/.test(String(gap.cause)),
      );
      if (!isTold && madeSince > id) untold.push(`kill ${i}: ${name} after ${id}`);
    }
  }
  expect(untold).toEqual([]);
}

test(`survives ${KILLS} kills in a row, SEED=${SEED}`, async () => {
  console.log(`kill times: SEED=${SEED}`);
  using folder = new WorkFolder();
  const store = folder.file('tickspine.db');
  const args = ['collect', '--simulate', '--faults', 'all', '--no-http', '--json'];
  args.push('--truth', folder.file('truth.ndjson'));
  const prng = new Prng(SEED);
  const kills: Kill[] = Array.from({ length: KILLS }, () => ({
    runMs: 1_000 + prng.next() * 3_000,
    pauseMs: prng.next() * 1_000,
  }));
  const holes: Map<string, number>[] = [];
  for (const { runMs, pauseMs } of kills) {
    await using child = new CliProcess(folder.path, args);
    await child.log('connected', 20_000);
    await Bun.sleep(runMs);
    expect(child.isRunning).toBe(true);
    child.signal('SIGKILL');
    await child.result();
    expectConsistent(store);
    holes.push(lastIds(store));
    await Bun.sleep(pauseMs);
  }
  expect(numberOf(store, 'SELECT count(*) FROM sessions WHERE ended_us IS NULL')).toBe(KILLS);

  const clean = await runCommand(folder.path, ...args, '--duration', '8s');
  expect(clean.code).toBe(0);
  expect(jsonLine(clean)).toMatchObject({ open_gaps: 0, bbo_mismatched: 0 });
  const truth = checkTruth(store, folder.file('truth.ndjson'));
  console.log(`truth: ${JSON.stringify(truth)}`);
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
  const spans = rowsOf(
    store,
    `SELECT count(*) AS rows, max(trade_id) - min(trade_id) + 1 AS ids
      FROM trades GROUP BY venue, symbol, market_type`,
  );
  for (const { rows, ids } of spans) expect(rows).toBe(ids!);
  expectHolesTold(store, holes);
  expect(checkCandles(store, TIMEFRAMES).faults).toEqual([]);
  const verified = await runCommand(folder.path, 'verify', '--json');
  expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
}, 300_000);
