/**
 * Cases of `store` for SQL Server: rows a second over the wire to the TDS peer, a process of its
 * own that takes every row apart. What a server then makes of the rows is not in these figures.
 */
import { join } from 'node:path';
import type { RecordBatch } from '../../src/store/contract.ts';
import { createStoreWriter } from '../../src/store/open-store.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { nowUs } from '../harness/measure.ts';
import type { BenchCase, Contender, RunOutcome } from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';
import { linesOf } from '../store/lines.ts';
import { checkStored } from '../store/row-sum.ts';
import { makeBatches, STORE_INSTRUMENTS } from '../store/store-batches.ts';
import { manyRowInsert, openPool, plainBulk, type SentKind } from '../store/tds-rivals.ts';
import { sevenTimeframes } from './candles.ts';

const PEER = join(import.meta.dirname, '../store/tds-peer-process.ts');
const ROWS = { tiny: 2_000, quick: 200_000, full: 1_000_000 };
const BULK_SHARE = 0.2;
const INSERT_SHARE = 0.02;
const KINDS: readonly SentKind[] = ['trade', 'quote'];
/** Each turn of the loop is looked at this often. */
const WATCH_MS = 1;

interface PeerReport {
  readonly rowCount: number;
  readonly sum: number;
  readonly faults: readonly string[];
}

/** Sends with the peer up; `send` gives the time it took. */
async function onPeer(
  kind: SentKind,
  rows: number,
  send: (url: string, batches: readonly RecordBatch[]) => Promise<number>,
): Promise<RunOutcome> {
  const batches = makeBatches(kind, rows);
  const child = Bun.spawn([process.execPath, PEER], { stdin: 'pipe', stdout: 'pipe' });
  const lines = linesOf(child.stdout);
  const port = (await lines.next()).value;
  let longestMs = 0;
  let ownMs = 0;
  let last = clocks();
  const watch = setInterval(() => {
    const now = clocks();
    const wallMs = now.wallMs - last.wallMs - WATCH_MS;
    longestMs = Math.max(longestMs, wallMs);
    ownMs = Math.max(ownMs, Math.min(wallMs, now.cpuMs - last.cpuMs));
    last = now;
  }, WATCH_MS);
  const before = process.cpuUsage();
  last = clocks();
  const elapsedUs = await send(
    `mssql://bench:bench@127.0.0.1:${port}/bench?encrypt=false`,
    batches,
  );
  const { user, system } = process.cpuUsage(before);
  clearInterval(watch);
  child.stdin.write('\n');
  child.stdin.flush();
  const report = JSON.parse(String((await lines.next()).value)) as PeerReport;
  child.kill();
  await child.exited;
  if (report.faults.length > 0) throw new Error(report.faults.join('; '));
  return {
    value: (rows / elapsedUs) * 1e6,
    work: rows,
    elapsedUs,
    checksums: checkStored(kind, batches, { rows: report.rowCount, sum: report.sum }),
    metrics: {
      'µs a row': elapsedUs / rows,
      'µs of CPU a row': (user + system) / rows,
      'longest stall, ms': longestMs,
      // On a busy machine the thread also waits for a processor: at most the CPU time it had.
      'longest stall of own work, ms': ownMs,
    },
    source: 'seeded rows',
  };
}

function clocks(): { readonly wallMs: number; readonly cpuMs: number } {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

function ours(kind: SentKind): Contender {
  return {
    name: 'packed rows (MssqlSession)',
    isOurs: true,
    run: ({ scale }) =>
      onPeer(kind, scaled(scale, ROWS), async (url, batches) => {
        const timeframes = sevenTimeframes().filter(({ name }) => name === '1m');
        const writer = await createStoreWriter(url, { timeframes, bookDeltas: false });
        await writer.open();
        await writer.registerInstruments(benchInstruments(STORE_INSTRUMENTS));
        const startUs = nowUs();
        for (const batch of batches) await writer.write(batch);
        const elapsedUs = nowUs() - startUs;
        await writer.close();
        return elapsedUs;
      }),
  };
}

function rival(name: string, kind: SentKind, share: number, send: typeof plainBulk): Contender {
  return {
    name,
    run: ({ scale }) =>
      onPeer(kind, scaled(scale, ROWS) * share, async (url, batches) => {
        const pool = await openPool(url);
        const startUs = nowUs();
        await send(pool, kind, batches);
        const elapsedUs = nowUs() - startUs;
        await pool.close();
        return elapsedUs;
      }),
  };
}

export function mssqlCases(): readonly BenchCase[] {
  return KINDS.map((kind) => ({
    id: `mssql ${kind}`,
    title: `rows of ${kind} over TDS to a peer that takes them apart, batches of 20,000`,
    unit: 'rows/s',
    better: 'higher',
    contenders: [
      ours(kind),
      rival("the driver's own bulk load", kind, BULK_SHARE, plainBulk),
      rival('INSERT of many rows with parameters', kind, INSERT_SHARE, manyRowInsert),
    ],
    goals:
      kind === 'trade'
        ? [
            { kind: 'at-least', text: 'SQL Server path, trades on the wire', limit: 100_000 },
            {
              kind: 'at-most',
              text: 'SQL Server path, longest stall of the loop',
              metric: 'longest stall, ms',
              limit: 50,
              worst: true,
            },
          ]
        : [],
  }));
}
