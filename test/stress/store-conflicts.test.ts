/**
 * A PostgreSQL that others use as well while it is recorded into: a second program takes locks in
 * the opposite order, cancels statements and keeps rows for long; the server's disk is full. What
 * is refused goes to the spool and lands once, in order.
 */
import { describe, expect, test } from 'bun:test';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import pg from 'pg';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { PostgresServer, postgresSkipReason } from '../support/postgres-server.ts';
import { expectTruth } from '../support/postgres-truth.ts';
import { WorkFolder } from '../support/work-folder.ts';

const ROUNDS = 24;
const SMALL_DISK = '24m';
const LARGE_DISK = '900m';

const skipReason = postgresSkipReason();
if (skipReason !== '') console.info(`store conflicts skipped: ${skipReason}`);

/** Locks of a recorder's tables against its order: trades, derivatives, candles, ledger. */
const ATTACKS: readonly (readonly string[])[] = [
  [
    'SELECT 1 FROM candle ORDER BY ts DESC LIMIT 500 FOR UPDATE',
    'SELECT pg_sleep(0.4)',
    'LOCK TABLE trade IN SHARE MODE',
  ],
  [
    'LOCK TABLE candle IN SHARE ROW EXCLUSIVE MODE',
    'SELECT pg_sleep(0.4)',
    'LOCK TABLE quote IN ACCESS EXCLUSIVE MODE',
  ],
  // Longer than the recorder waits.
  ['LOCK TABLE trade IN ACCESS EXCLUSIVE MODE', 'SELECT pg_sleep(3)'],
  [
    `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'tickspine-writer%'`,
  ],
];

/** One after the other until the recorder has met each a few times; returns deadlocks found. */
async function attack(server: PostgresServer, database: string): Promise<number> {
  const other = new pg.Client({ connectionString: server.url(database) });
  await other.connect();
  // The recorder is the one that finds the deadlock, and that is refused.
  await other.query("SET deadlock_timeout = '1min'");
  for (let round = 0; round < ROUNDS; round += 1) {
    await other.query('BEGIN');
    for (const sql of ATTACKS[round % ATTACKS.length] ?? []) await other.query(sql);
    await other.query('ROLLBACK');
    await Bun.sleep(100);
  }
  await other.end();
  const [row] = await server.query(
    'postgres',
    `SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = '${database}'`,
  );
  return Number(row?.n);
}

interface Seen {
  readonly instrument: number;
  readonly trades: number;
  readonly span: number;
}

/** Of each market whose ids rise by one: rows, and ids from the first to the last. */
const SPANS_SQL = `SELECT instrument, count(*)::int AS trades,
    (max(trade_id) - min(trade_id) + 1)::int AS span
  FROM trade WHERE text_id IS NULL GROUP BY instrument ORDER BY instrument`;

async function expectWhole(live: CliProcess): Promise<void> {
  live.signal('SIGINT');
  const result = await live.result();
  expect(result.code).toBe(0);
  const summary = jsonLine(result);
  expect(summary).toMatchObject({ open_gaps: 0, spool_length: 0, dropped: 0, restarts: 0 });
}

describe.skipIf(skipReason !== '')('recording into PostgreSQL', () => {
  test('among deadlocks, long locks and cancelled statements', async () => {
    using folder = new WorkFolder();
    const server = await PostgresServer.start();
    try {
      const database = await server.createDatabase();
      const truth = folder.file('truth.ndjson');
      const store = server.url(database, '?timeout_ms=2000');
      await using live = new CliProcess(folder.path, [
        ...['collect', '--simulate', '--rate', '4000', '--truth', truth, '--no-http', '--json'],
        ...['--store', store],
      ]);
      await live.log('connected', 30_000);
      await Bun.sleep(3_000);
      const deadlocks = await attack(server, database);
      console.log(`conflicts: ${deadlocks} deadlocks in ${ROUNDS} rounds`);
      expect(deadlocks).toBeGreaterThan(2);
      expect(live.logged('takes nothing, spooling to disk').length).toBeGreaterThan(0);
      await until('nothing is spooled', () => isCaughtUp(live), 60_000);
      await Bun.sleep(1_000);
      await expectWhole(live);
      await expectTruth(server, database, truth);
      const verified = await runCommand(folder.path, 'verify', '--store', store, '--json');
      expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
    } finally {
      await server.dispose();
    }
  }, 300_000);

  test('whose disk is full, until it has room again', async () => {
    using folder = new WorkFolder();
    const server = await PostgresServer.start();
    const disk = `${server.folder}/small`;
    mkdirSync(disk);
    const mount = ['mount', '-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', disk];
    const mounted = Bun.spawnSync(mount);
    if (!mounted.success) {
      console.info(`full disk skipped: no tmpfs here: ${mounted.stderr.toString().trim()}`);
      await server.dispose();
      return;
    }
    try {
      const owner = statSync(server.folder);
      chownSync(disk, owner.uid, owner.gid);
      await server.query('postgres', `CREATE TABLESPACE small LOCATION '${disk}'`);
      await server.query('postgres', 'CREATE DATABASE market TABLESPACE small');
      const truth = folder.file('truth.ndjson');
      const store = server.url('market');
      await using live = new CliProcess(folder.path, [
        ...['collect', '--simulate', '--rate', '8000', '--truth', truth, '--no-http', '--json'],
        ...['--store', store],
      ]);
      const said = await live.log('takes nothing, spooling to disk', 120_000);
      expect(String(said.fact)).toContain('(53100): free disk space on the server');
      await Bun.sleep(5_000);
      expect(live.logged('has all that was spooled')).toEqual([]);

      const seen: Seen[][] = [await spans(server)];
      Bun.spawnSync(['mount', '-o', `remount,size=${LARGE_DISK}`, disk]);
      await until(
        'the store has all that was spooled',
        async () => {
          seen.push(await spans(server));
          return isCaughtUp(live);
        },
        60_000,
      );
      await Bun.sleep(1_000);
      await expectWhole(live);
      await expectTruth(server, 'market', truth);
      expectOrder(seen, await spans(server));
      const verified = await runCommand(folder.path, 'verify', '--store', store, '--json');
      expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
    } finally {
      await server.stop();
      Bun.spawnSync(['umount', disk]);
      await server.dispose();
    }
  }, 300_000);
});

async function spans(server: PostgresServer): Promise<Seen[]> {
  return (await server.query('market', SPANS_SQL)) as unknown as Seen[];
}

/**
 * Markets without a hole at the end had none at any time: had a batch overtaken another, its ids
 * would have been missing until that one landed.
 */
function expectOrder(seen: readonly (readonly Seen[])[], last: readonly Seen[]): void {
  const isWhole = ({ trades, span }: Seen) => trades === span;
  const whole = new Set(last.filter(isWhole).map(({ instrument }) => instrument));
  expect(whole.size).toBeGreaterThan(3);
  const tradesOf = (rows: readonly Seen[]) => rows.reduce((sum, { trades }) => sum + trades, 0);
  console.log(`full disk: trades in the store while it caught up: ${seen.map(tradesOf).join(' ')}`);
  for (const rows of seen) {
    const holes = rows.filter((row) => whole.has(row.instrument) && !isWhole(row));
    expect(holes).toEqual([]);
  }
}

function isCaughtUp(live: CliProcess): boolean {
  return live.logged('has all that was spooled').length > 0;
}
