/**
 * Rows a second into PostgreSQL, each run into a new database of a new server with its defaults
 * (fsync on), on the same cores. The rival is what a reader would write first: one prepared INSERT
 * a row, with ON CONFLICT, a transaction a batch.
 */
import pg from 'pg';
import { Common, Flag, Quote, Trade } from '../../src/model/record-layout.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { createStoreWriter } from '../../src/store/open-store.ts';
import {
  PostgresServer,
  postgresSkipReason,
  SUPERUSER,
} from '../../test/support/postgres-server.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { nowUs } from '../harness/measure.ts';
import type { BenchCase, Contender, Goal, RunOutcome, Scale } from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';
import { sevenTimeframes } from '../suites/candles.ts';
import { checkStored, SUM_COLUMN } from './row-sum.ts';
import { makeBatches, type RowKind, STORE_INSTRUMENTS } from './store-batches.ts';

type PostgresKind = Exclude<RowKind, 'candle'>;

const KINDS: readonly PostgresKind[] = ['trade', 'quote', 'book_snapshot'];
const ROWS = {
  tiny: { trade: 2_000, quote: 2_000, book_snapshot: 200 },
  quick: { trade: 400_000, quote: 400_000, book_snapshot: 40_000 },
  full: { trade: 2_000_000, quote: 2_000_000, book_snapshot: 100_000 },
};
const ROW_BY_ROW_SHARE = 0.05;
const OURS = 'PostgresWriter';
const ROW_BY_ROW = 'row by row INSERT, a transaction a batch';
const HEADER_LENGTH = 8;

const RIVAL_SQL: Readonly<Partial<Record<PostgresKind, string>>> = {
  trade: `INSERT INTO trade (instrument, ts, tape, trade_id, recv_us, price, size, flags)
    VALUES ($1, timestamptz 'epoch' + $2::float8 * interval '1 microsecond', 0, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING`,
  quote: `INSERT INTO quote (instrument, ts, sequence, recv_us, bid_price, bid_size, ask_price,
      ask_size, flags)
    VALUES ($1, timestamptz 'epoch' + $2::float8 * interval '1 microsecond', $3, $4, $5, $6, $7, $8,
      0) ON CONFLICT DO NOTHING`,
};

/** Cases, or none where no server can be started; the reason is printed. */
export function postgresCases(): readonly BenchCase[] {
  const reason = postgresSkipReason();
  if (reason === '') return KINDS.map(kindCase);
  process.stderr.write(`store: PostgreSQL skipped: ${reason}\n`);
  return [];
}

function kindCase(kind: PostgresKind): BenchCase {
  const text = 'PostgreSQL store, trades a second with deduplication, server on the same cores';
  const goals: Goal[] = kind === 'trade' ? [{ kind: 'at-least', text, limit: 150_000 }] : [];
  return {
    id: `postgres ${kind}`,
    title: `rows of ${kind} into PostgreSQL (fsync on), batches of 20,000`,
    unit: 'rows/s',
    better: 'higher',
    contenders: RIVAL_SQL[kind] === undefined ? [ours(kind)] : [ours(kind), rowByRow(kind)],
    goals,
  };
}

function openWriter(url: string) {
  const timeframes = sevenTimeframes().filter(({ name }) => name === '1m');
  return createStoreWriter(url, { timeframes, bookDeltas: false });
}

/** A new server with an empty store in it, and what `task` says of how long it took. */
async function inNewServer(
  kind: PostgresKind,
  batches: readonly RecordBatch[],
  task: (server: PostgresServer, database: string) => Promise<RunFigures>,
): Promise<RunOutcome> {
  const server = await PostgresServer.start();
  try {
    const database = await server.createDatabase();
    const { elapsedUs, serverUs } = await task(server, database);
    const [row] = await server.query(
      database,
      `SELECT count(*)::int AS rows, sum(${SUM_COLUMN[kind]}) AS sum FROM ${kind}`,
    );
    const stored = { rows: Number(row?.rows), sum: Number(row?.sum) };
    const { rows } = stored;
    return {
      value: (rows / elapsedUs) * 1e6,
      work: rows,
      elapsedUs,
      checksums: checkStored(kind, batches, stored),
      metrics: { 'µs a row': elapsedUs / rows, 'µs of server CPU a row': serverUs / rows },
      source: 'seeded rows',
    };
  } finally {
    await server.dispose();
  }
}

interface RunFigures {
  readonly elapsedUs: number;
  readonly serverUs: number;
}

/** Runs `task`, and takes the CPU time of the one connection's server process. */
async function timed(
  server: PostgresServer,
  database: string,
  task: () => Promise<void>,
): Promise<RunFigures> {
  const [row] = await server.query(
    'postgres',
    `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' ORDER BY backend_start LIMIT 1`,
  );
  const beforeUs = await cpuUs(Number(row?.pid));
  const startUs = nowUs();
  await task();
  const elapsedUs = nowUs() - startUs;
  return { elapsedUs, serverUs: (await cpuUs(Number(row?.pid))) - beforeUs };
}

/** User and system time of a process; the kernel counts in hundredths of a second. */
async function cpuUs(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text();
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function ours(kind: PostgresKind): Contender {
  return {
    name: OURS,
    isOurs: true,
    run: ({ scale }) => {
      const batches = makeBatches(kind, rowCount(scale, kind, 1));
      return inNewServer(kind, batches, async (server, database) => {
        const writer = await openWriter(server.url(database));
        await writer.open();
        await writer.registerInstruments(benchInstruments(STORE_INSTRUMENTS));
        const figures = await timed(server, database, async () => {
          for (const batch of batches) await writer.write(batch);
        });
        await writer.close();
        return figures;
      });
    },
  };
}

function rowByRow(kind: PostgresKind): Contender {
  return {
    name: ROW_BY_ROW,
    run: ({ scale }) => {
      const batches = makeBatches(kind, rowCount(scale, kind, ROW_BY_ROW_SHARE));
      return inNewServer(kind, batches, async (server, database) => {
        // The store's own schema and partition, then the connection is the rival's alone.
        const writer = await openWriter(server.url(database));
        await writer.open();
        await writer.registerInstruments(benchInstruments(STORE_INSTRUMENTS));
        await writer.write(makeBatches(kind, 1)[0] as RecordBatch);
        await writer.close();
        const client = new pg.Client({
          host: '127.0.0.1',
          port: server.port,
          connectionString: server.url(database),
          user: SUPERUSER,
        });
        await client.connect();
        await client.query(`TRUNCATE ${kind}`);
        const figures = await timed(server, database, async () => {
          for (const batch of batches) await insertRows(client, kind, batch);
        });
        await client.end();
        return figures;
      });
    },
  };
}

async function insertRows(client: pg.Client, kind: PostgresKind, batch: RecordBatch) {
  const text = RIVAL_SQL[kind] ?? '';
  await client.query('BEGIN');
  for (let at = 0; at < batch.length; ) {
    await client.query({ name: kind, text, values: valuesOf(kind, batch, at + HEADER_LENGTH) });
    at += HEADER_LENGTH + (((batch.bytes.i32[at >> 2] as number) + 7) & ~7);
  }
  await client.query('COMMIT');
}

function valuesOf(kind: PostgresKind, { bytes }: RecordBatch, at: number): number[] {
  const { f64, u32, u16 } = bytes;
  const number = (offset: number) => f64[(at + offset) >> 3] as number;
  const head = [(u32[(at + Common.instrument) >> 2] as number) + 1, number(Common.tsUs)];
  if (kind === 'trade') {
    const flags = (u16[(at + Common.flags) >> 1] as number) & Flag.sell;
    const amounts = [number(Trade.price), number(Trade.size), flags];
    return [...head, number(Trade.tradeId), number(Common.recvUs), ...amounts];
  }
  const bid = [number(Quote.bidPrice), number(Quote.bidSize)];
  const ask = [number(Quote.askPrice), number(Quote.askSize)];
  return [...head, number(Quote.sequence), number(Common.recvUs), ...bid, ...ask];
}

function rowCount(scale: Scale, kind: PostgresKind, share: number): number {
  return Math.max(1, Math.round(scaled(scale, ROWS)[kind] * share));
}
