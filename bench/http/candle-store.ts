/** A SQLite store full of minute candles, made once for all runs of the http suite. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Prng } from '../../src/base/prng.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { createStoreWriter } from '../../src/store/open-store.ts';
import { openForWriting } from '../../src/store/sqlite/database.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { type RunContext, scaled } from '../harness/suite.ts';
import { sevenTimeframes } from '../suites/candles.ts';

const CANDLES = { tiny: 5000, quick: 500_000, full: 5_000_000 };
const INSTRUMENTS = 10;
const START_US = 1_704_067_200_000_000;
const MINUTE_US = 60_000_000;
const TRANSACTION_ROWS = 50_000;

const INSERT = `INSERT INTO candle (instrument, timeframe, open_us, recv_us, open, high, low, close,
  volume, quote_volume, buy_volume, trade_count, first_trade_id, last_trade_id, state, closed,
  rebuilt, revision) VALUES (?, '1m', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, 0, 1, 0, 0)`;

export interface CandleStore {
  readonly path: string;
  readonly instruments: readonly Instrument[];
  /** Of each instrument, without a hole. */
  readonly minutes: number;
  readonly startUs: number;
}

export function candleStore({ workDir, scale }: RunContext): CandleStore {
  const minutes = scaled(scale, CANDLES) / INSTRUMENTS;
  const path = join(workDir, 'candles.db');
  return { path, instruments: benchInstruments(INSTRUMENTS), minutes, startUs: START_US };
}

export async function makeCandleStore(context: RunContext): Promise<void> {
  const { path, instruments, minutes } = candleStore(context);
  if (existsSync(path)) return;
  const options = { timeframes: sevenTimeframes(), bookDeltas: false };
  const writer = await createStoreWriter(`sqlite:${path}`, options);
  await writer.open();
  await writer.registerInstruments(instruments);
  await writer.close();
  const db = openForWriting(path);
  const insert = db.prepare(INSERT);
  const prng = new Prng(9);
  let rows = 0;
  db.run('BEGIN');
  for (const { index } of instruments) {
    let cents = 6_000_000;
    for (let minute = 0; minute < minutes; minute += 1) {
      const open = cents / 100;
      cents += prng.below(201) - 100;
      const close = cents / 100;
      const volume = (1 + prng.below(1e6)) / 1e4;
      const openUs = START_US + minute * MINUTE_US;
      const [high, low] = [Math.max(open, close) + 0.5, Math.min(open, close) - 0.5];
      const sums = [volume, volume * close, volume / 2, 1 + prng.below(500)] as const;
      insert.run(index + 1, openUs, openUs + MINUTE_US, open, high, low, close, ...sums);
      rows += 1;
      if (rows % TRANSACTION_ROWS === 0) {
        db.run('COMMIT');
        db.run('BEGIN');
      }
    }
  }
  db.run('COMMIT');
  insert.finalize();
  db.run('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}

/** Paths of queries spread over the whole store. */
export function queryPaths(
  { instruments, minutes, startUs }: CandleStore,
  timeframe: string,
  limit: number,
  count: number,
): string[] {
  const prng = new Prng(21);
  return Array.from({ length: count }, () => {
    const { symbol } = instruments[prng.below(instruments.length)] as Instrument;
    const minute = prng.below(Math.max(1, minutes - limit));
    const start = new Date((startUs + minute * MINUTE_US) / 1000).toISOString();
    const market = `venue=binance&symbol=${encodeURIComponent(symbol)}&market_type=spot`;
    const range = `timeframe=${timeframe}&start=${start}&limit=${limit}&order=asc`;
    return `/api/v1/candles?${market}&${range}`;
  });
}
