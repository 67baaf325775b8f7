/**
 * PostgreSQL under all that happens to servers, while recording goes on under faults: killed,
 * started again, standing still for a minute, connections cut in mid-batch; the recorder killed
 * while its spool is full; the disk of the spool full. At the end every store equals the truth.
 *
 * `RATE` (frames/s), `PAUSE` (seconds the server stands still) and `SEED` can be set. Under faults
 * 20,000 frames/s open more gaps a second than the venues' REST budgets let be refilled, so the end
 * has time to repair all that are left (`shutdown_ms`).
 */
import { describe, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { Prng } from '../../src/base/prng.ts';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { PostgresServer, postgresSkipReason } from '../support/postgres-server.ts';
import { expectTruth, NO_FAULTS } from '../support/postgres-truth.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

const RATE = Number(process.env.RATE ?? 20_000);
const PAUSE_S = Number(process.env.PAUSE ?? 60);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const MIB = 1024 * 1024;
/** What a minute of spooled batches may cost in memory on top of what recording has anyway. */
const GROWTH_MAX = 400 * MIB;

interface StoreLine {
  readonly store: string;
  readonly trades: number;
  readonly spool_length: number;
  readonly spool_dropped: number;
}

/** Ends every connection of the recorder, wherever it is: COPY is most of its time. */
async function cutConnections(server: PostgresServer, database: string): Promise<number> {
  const [row] = await server.query(
    'postgres',
    `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
     WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
  );
  return Number(row?.n ?? 0);
}

/** Greatest resident memory from now until it is stopped. */
function watchMemory(child: CliProcess) {
  const startLength = child.residentLength();
  let most = startLength;
  const timer = setInterval(() => {
    if (child.isRunning) most = Math.max(most, child.residentLength());
  }, 250);
  return {
    stop: () => {
      clearInterval(timer);
      return { startLength, most };
    },
  };
}

const skipReason = postgresSkipReason();
if (skipReason !== '') console.info(`store outages skipped: ${skipReason}`);

describe.skipIf(skipReason !== '')('PostgreSQL beside SQLite', () => {
  test(`through every outage at ${RATE} frames/s, SEED=${SEED}`, async () => {
    console.log(`outages: SEED=${SEED}`);
    const prng = new Prng(SEED);
    using folder = new WorkFolder();
    const server = await PostgresServer.start();
    try {
      const database = await server.createDatabase();
      const truth = folder.file('truth.ndjson');
      folder.write('tickspine.yaml', 'shutdown_ms: 300000\n');
      await using live = new CliProcess(folder.path, [
        ...['collect', '--simulate', '--rate', `${RATE}`, '--truth', truth, '--no-http', '--json'],
        ...['--faults', 'all,disconnect=15s,stall=20s'],
        ...['--store', 'sqlite:a.db', '--store', server.url(database)],
      ]);
      await live.log('connected', 30_000);
      await Bun.sleep(3_000 + 2_000 * prng.next());
      const memory = watchMemory(live);

      await server.kill();
      await live.log('takes nothing, spooling to disk', 60_000);
      await Bun.sleep(3_000);
      await server.restart();
      await until('it has all after the kill', () => spooled(live) >= 1, 120_000);

      let cuts = 0;
      for (let i = 0; i < 12; i += 1) {
        await Bun.sleep(400 * prng.next());
        cuts += await cutConnections(server, database);
      }
      expect(cuts).toBeGreaterThan(3);

      await Bun.sleep(2_000);
      const before = spooled(live);
      server.pause();
      await Bun.sleep(PAUSE_S * 1_000);
      server.resume();
      await until('it has all after standing still', () => spooled(live) > before, 180_000);

      const { startLength, most } = memory.stop();
      console.log(`resident MiB: ${startLength / MIB} at first, ${most / MIB} at most`);
      expect(most - startLength).toBeLessThan(GROWTH_MAX);
      live.signal('SIGINT');
      const result = await live.result();
      expect(result.code).toBe(0);
      const summary = jsonLine(result) as { stores: StoreLine[]; repaired: number; gaps: number };
      console.log(`stores: ${JSON.stringify(summary.stores)}`);
      expect(summary.stores.map(({ spool_length: length }) => length)).toEqual([0, 0]);
      expect(summary.stores.map(({ spool_dropped: count }) => count)).toEqual([0, 0]);
      expect(summary).toMatchObject({ open_gaps: 0, dropped: 0, restarts: 0 });
      expect(checkTruth(folder.file('a.db'), truth)).toMatchObject(NO_FAULTS);
      await expectTruth(server, database, truth);
    } finally {
      await server.dispose();
    }
  }, 600_000);

  test('a recorder killed while its spool is full goes on where it was', async () => {
    using folder = new WorkFolder();
    const server = await PostgresServer.start();
    try {
      const database = await server.createDatabase();
      const truth = folder.file('truth.ndjson');
      const args = [
        ...['collect', '--simulate', '--rate', '4000', '--truth', truth, '--no-http', '--json'],
        ...['--store', server.url(database)],
      ];
      {
        await using killed = new CliProcess(folder.path, args);
        await killed.log('connected', 30_000);
        await Bun.sleep(2_000);
        await server.kill();
        await killed.log('takes nothing, spooling to disk', 60_000);
        await Bun.sleep(4_000);
        killed.signal('SIGKILL');
        await killed.result();
      }
      // Down at the start as well: recording goes on into the spool until it answers.
      await using next = new CliProcess(folder.path, args);
      await next.log('recording goes on into the spool', 60_000);
      await Bun.sleep(2_000);
      await server.restart();
      await next.log('has all that was spooled', 120_000);
      next.signal('SIGINT');
      expect((await next.result()).code).toBe(0);
      // What the first one had in memory when it was killed is refilled by one more start.
      const last = await runCommand(folder.path, ...args, '--duration', '4s');
      expect(last.code).toBe(0);
      expect(jsonLine(last)).toMatchObject({ open_gaps: 0, spool_length: 0 });
      await expectTruth(server, database, truth);
      const store = ['--store', server.url(database)];
      const verified = await runCommand(folder.path, 'verify', ...store, '--json');
      expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
    } finally {
      await server.dispose();
    }
  }, 300_000);

  test('a full disk under the spool makes the venues wait, and nothing is lost', async () => {
    using folder = new WorkFolder();
    const server = await PostgresServer.start();
    const spool = folder.file('spool');
    mkdirSync(spool);
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', spool]);
    if (!mounted.success) {
      console.info(`full disk skipped: no tmpfs here: ${mounted.stderr.toString().trim()}`);
      await server.dispose();
      return;
    }
    try {
      const database = await server.createDatabase();
      const truth = folder.file('truth.ndjson');
      await using live = new CliProcess(folder.path, [
        ...['collect', '--simulate', '--rate', '8000', '--truth', truth, '--no-http', '--json'],
        ...['--store', server.url(database)],
      ]);
      await live.log('connected', 30_000);
      await Bun.sleep(2_000);
      await server.kill();
      await live.log('spool: cannot write', 120_000);
      await Bun.sleep(3_000);
      await server.restart();
      await live.log('has all that was spooled', 120_000);
      await Bun.sleep(3_000);
      live.signal('SIGINT');
      const result = await live.result();
      expect(result.code).toBe(0);
      expect(jsonLine(result)).toMatchObject({ open_gaps: 0, spool_length: 0, restarts: 0 });
      await expectTruth(server, database, truth);
    } finally {
      Bun.spawnSync(['umount', spool]);
      await server.dispose();
    }
  }, 300_000);
});

/** How often the server's store had caught up. */
function spooled(live: CliProcess): number {
  return live.logged('has all that was spooled').length;
}
