/**
 * Captures through the command line into a store, in real processes: what they hold arrives, again
 * and again the same, and candles are what SQL makes of the trades.
 */
import { Database } from 'bun:sqlite';
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkCandles } from '../support/candle-query.ts';
import { jsonLine, PROJECT, runCommand } from '../support/cli-process.ts';
import { fingerprint, numberOf, rowsOf } from '../support/store-file.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

interface Sample {
  readonly title: string;
  readonly path: string;
  readonly trades: number;
  readonly quotes: number;
  readonly bboChecked: number;
}

const SHARED = join(PROJECT, '../shared/captures');
const SAMPLES: readonly Sample[] = [
  {
    title: '800 events of Binance spot',
    path: join(PROJECT, 'test/fixtures/replay/binance-spot-btcusdt.cap.gz'),
    trades: 117,
    quotes: 605,
    bboChecked: 10,
  },
  {
    title: 'Binance spot BTCUSDT',
    path: join(SHARED, 'binance-spot-btcusdt-20240808.cap.gz'),
    trades: 9_757,
    quotes: 28_040,
    bboChecked: 564,
  },
  {
    title: 'Binance USD-M ETHUSDT',
    path: join(SHARED, 'binance-usdm-ethusdt-20240808.cap.gz'),
    trades: 14_076,
    quotes: 53_992,
    bboChecked: 551,
  },
];

const TIMEFRAMES = ['1s', '7s', '1m', '5m', '15m', '37m', '1h', '4h', '1d', '1w', '1M'];
const CONFIG = `candles:\n  timeframes: [${TIMEFRAMES.join(', ')}]\n`;

function replay(folder: WorkFolder, capture: string, store: string) {
  const config = folder.write('candles.yaml', CONFIG);
  const url = `sqlite:${folder.file(store)}`;
  return runCommand(folder.path, 'replay', capture, '--config', config, '--store', url, '--json');
}

for (const sample of SAMPLES) {
  const isAbsent = !existsSync(sample.path);
  if (isAbsent) console.warn(`skipped: ${sample.title}: no capture at ${sample.path}`);

  describe.skipIf(isAbsent)(`a replay of ${sample.title}`, () => {
    test('brings all it holds, finds the chains unbroken, and does so every time', async () => {
      using folder = new WorkFolder();
      const result = await replay(folder, sample.path, 'a.db');
      expect(result.code).toBe(0);
      expect(folder.names()).toEqual(['a.db', 'a.db-lock', 'candles.yaml']);
      expect(jsonLine(result)).toMatchObject({
        command: 'replay',
        trades: sample.trades,
        stored: { trades: sample.trades, quotes: sample.quotes, data_quality: 0 },
        gaps: 0,
        open_gaps: 0,
        duplicates: 0,
        dropped: 0,
        conflated: 0,
        quarantined: 0,
        malformed: 0,
        book_gaps: 0,
        resyncs: 0,
        bbo_checked: sample.bboChecked,
        bbo_mismatched: 0,
      });
      const path = folder.file('a.db');
      expect(numberOf(path, 'SELECT count(*) FROM trades')).toBe(sample.trades);
      expect(numberOf(path, 'SELECT count(*) FROM quotes')).toBe(sample.quotes);
      expect(numberOf(path, 'SELECT count(*) FROM data_quality')).toBe(0);
      expect(rowsOf(path, 'SELECT to_id - from_id + 1 AS ids FROM coverage')).toEqual([
        { ids: sample.trades },
      ]);
      const { count, faults } = checkCandles(path, TIMEFRAMES);
      expect(faults).toEqual([]);
      expect(count).toBe(numberOf(path, 'SELECT count(*) FROM candles'));

      await replay(folder, sample.path, 'b.db');
      const first = fingerprint(folder.file('a.db'));
      expect(fingerprint(folder.file('b.db'))).toEqual(first);
      const again = await replay(folder, sample.path, 'a.db');
      expect(again.code).toBe(0);
      const { stored, gaps } = jsonLine(again) as { stored: { trades: number }; gaps: number };
      expect({ trades: stored.trades, gaps }).toEqual({ trades: 0, gaps: 0 });
      expect(fingerprint(folder.file('a.db'))).toEqual(first);
      expect(numberOf(folder.file('a.db'), 'SELECT count(*) FROM sessions')).toBe(2);
    });
  });
}

test('verify proves a replayed store, and refuses a changed trade or candle', async () => {
  using folder = new WorkFolder();
  await replay(folder, SAMPLES[0]!.path, 'a.db');
  const store = `sqlite:${folder.file('a.db')}`;
  const verify = () => runCommand(folder.path, 'verify', '--store', store, '--json');
  const whole = await verify();
  expect([whole.code, jsonLine(whole).ok]).toEqual([0, true]);
  const change = (sql: string): void => {
    const db = new Database(folder.file('a.db'));
    db.run(sql);
    db.close();
  };
  const raise = (by: number): void =>
    change(`UPDATE candle SET high = high + ${by} WHERE timeframe = '1s' AND open_us = (
      SELECT min(ts_us) FROM candles WHERE timeframe = '1s' AND state = 'complete')`);
  raise(1);
  expect((await verify()).code).toBe(1);
  raise(-1);
  expect((await verify()).code).toBe(0);
  change('DELETE FROM trade WHERE trade_id = (SELECT min(trade_id) + 50 FROM trade)');
  expect((await verify()).code).toBe(1);
});
