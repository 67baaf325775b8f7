/**
 * `store`: rows a second into SQLite, table by table, each run into a new file, and into PostgreSQL
 * where its server is installed. Checkpoints are on every contender's time: ours takes them between
 * batches, as the engine has it do, the others leave them to SQLite (`wal_autocheckpoint`, set by
 * `openForWriting` for all). The bare loop is the most a store can reach; row by row is what a
 * reader would write first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordBatch } from '../../src/store/contract.ts';
import { createStoreWriter } from '../../src/store/open-store.ts';
import { openForReading, openForWriting } from '../../src/store/sqlite/database.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { nowUs } from '../harness/measure.ts';
import type {
  BenchCase,
  Contender,
  Goal,
  RunContext,
  RunOutcome,
  Suite,
} from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';
import { insertBatches } from '../store/bare-insert.ts';
import { postgresCases } from '../store/postgres-cases.ts';
import { checkStored, type RowSum, SUM_COLUMN } from '../store/row-sum.ts';
import { makeBatches, type RowKind, STORE_INSTRUMENTS } from '../store/store-batches.ts';
import { sevenTimeframes } from './candles.ts';
import { mssqlCases } from './store-mssql.ts';

const KINDS: readonly RowKind[] = ['trade', 'quote', 'book_snapshot', 'candle'];
const ROWS = {
  tiny: { trade: 2000, quote: 2000, book_snapshot: 200, candle: 2000 },
  quick: { trade: 200_000, quote: 200_000, book_snapshot: 20_000, candle: 100_000 },
  full: { trade: 1_000_000, quote: 1_000_000, book_snapshot: 100_000, candle: 400_000 },
};
const AUTOCOMMIT_SHARE = 0.1;
const OURS = 'SqliteWriter';
const BARE = 'bare prepared loop, a transaction a batch';
const AUTOCOMMIT = 'row by row, a transaction a row';

/** A new store with all tables, closed again; then `task` has the file to itself. */
async function inNewStore<T>(
  { workDir }: RunContext,
  task: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(workDir, 'store-'));
  try {
    return await task(join(folder, 'bench.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openWriter(path: string) {
  // The candles' rows are of the minute, the first and only timeframe here.
  const timeframes = sevenTimeframes().filter(({ name }) => name === '1m');
  return createStoreWriter(`sqlite:${path}`, { timeframes, bookDeltas: false });
}

function storedIn(path: string, kind: RowKind): RowSum {
  const db = openForReading(path);
  const sql = `SELECT count(*) AS rows, total(${SUM_COLUMN[kind]}) AS sum FROM ${kind}`;
  const row = db.query<RowSum, []>(sql).get();
  db.close();
  return row ?? { rows: 0, sum: 0 };
}

function outcome(
  kind: RowKind,
  batches: readonly RecordBatch[],
  elapsedUs: number,
  path: string,
): RunOutcome {
  const stored = storedIn(path, kind);
  const { rows } = stored;
  const value = (rows / elapsedUs) * 1e6;
  const bytes = Bun.file(path).size;
  return {
    value,
    work: rows,
    elapsedUs,
    checksums: checkStored(kind, batches, stored),
    metrics: { 'µs a row': elapsedUs / rows, 'bytes a row': bytes / rows },
    source: 'seeded rows',
  };
}

function ours(kind: RowKind): Contender {
  return {
    name: OURS,
    isOurs: true,
    run: (context) =>
      inNewStore(context, async (path) => {
        const batches = makeBatches(kind, scaled(context.scale, ROWS)[kind]);
        const writer = await openWriter(path);
        await writer.open();
        await writer.registerInstruments(benchInstruments(STORE_INSTRUMENTS));
        const startUs = nowUs();
        for (const batch of batches) {
          await writer.write(batch);
          // As the engine does: checkpoints are taken between two batches.
          await writer.tidy?.();
        }
        const elapsedUs = nowUs() - startUs;
        await writer.close();
        return outcome(kind, batches, elapsedUs, path);
      }),
  };
}

function bare(name: string, kind: RowKind, isAutocommit: boolean): Contender {
  return {
    name,
    run: (context) =>
      inNewStore(context, async (path) => {
        const share = isAutocommit ? AUTOCOMMIT_SHARE : 1;
        const batches = makeBatches(kind, scaled(context.scale, ROWS)[kind] * share);
        const writer = await openWriter(path);
        await writer.open();
        await writer.registerInstruments(benchInstruments(STORE_INSTRUMENTS));
        await writer.close();
        const db = openForWriting(path);
        const startUs = nowUs();
        insertBatches(db, kind, batches, isAutocommit);
        const elapsedUs = nowUs() - startUs;
        db.run('PRAGMA wal_checkpoint(TRUNCATE)');
        db.close();
        return outcome(kind, batches, elapsedUs, path);
      }),
  };
}

function kindCase(kind: RowKind): BenchCase {
  const text = 'SQLite store, trades, share of a bare prepared loop';
  const goals: Goal[] = kind === 'trade' ? [{ kind: 'ratio', text, rival: BARE, limit: 0.7 }] : [];
  return {
    id: `sqlite ${kind}`,
    title: `rows of ${kind} into SQLite (WAL, synchronous=NORMAL), batches of 20,000`,
    unit: 'rows/s',
    better: 'higher',
    contenders: [ours(kind), bare(BARE, kind, false), bare(AUTOCOMMIT, kind, true)],
    goals,
  };
}

export const suite: Suite = {
  name: 'store',
  title: 'rows into the store',
  cases: async () => [...KINDS.map(kindCase), ...postgresCases(), ...mssqlCases()],
};
