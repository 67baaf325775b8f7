/**
 * `collect --simulate` as a real process over real sockets: it serves while it records, stops in
 * order, and its capture replays to the rows it stored.
 */
import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { candlesAheadOfTrades, checkCandles } from '../support/candle-query.ts';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { numberOf, rowsOf, rowsPrint } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

const TIMEFRAMES = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'];
/** Some seven seconds at the default rate. */
const TRADES = 3_000;

interface Page {
  readonly data: readonly Record<string, unknown>[];
}

function collect(folder: WorkFolder, ...more: string[]): CliProcess {
  const store = `sqlite:${folder.file('live.db')}`;
  const http = ['--http', '127.0.0.1:0'];
  const args = ['collect', '--simulate', '--store', store, ...http, '--json', ...more];
  return new CliProcess(folder.path, args);
}

async function get<T>(url: string, path: string): Promise<T> {
  const response = await fetch(`${url}${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

async function untilStored(url: string, trades: number): Promise<void> {
  await until(`${trades} trades stored`, async () => {
    const { writer } = await get<{ writer: { trades: number } }>(url, '/api/v1/stats');
    return writer.trades >= trades;
  });
}

async function checkService(url: string): Promise<void> {
  const health = await get<{ status: string; feeds: { feed: string; state: string }[] }>(
    url,
    '/api/v1/health',
  );
  expect(health.status).toBe('ok');
  const feeds = health.feeds.map(({ feed, state }) => `${feed} ${state}`);
  expect(feeds).toContain('binance.spot live');
  expect(feeds).toContain('binance.usdm live');
  const name = 'venue=binance&symbol=BTC/USDT&market_type=spot';
  const candles = await get<Page>(url, `/api/v1/candles?${name}&timeframe=1s`);
  expect(candles.data.length).toBeGreaterThan(2);
  const trades = await get<Page>(url, `/api/v1/trades?${name}&limit=10`);
  expect(trades.data).toHaveLength(10);
  const gaps = await get<Page>(url, '/api/v1/gaps');
  expect(gaps.data).toEqual([]);
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.status).toBe(200);
  expect(await metrics.text()).toMatch(/^tickspine_\w+\{.*feed="binance\.spot".*\} [1-9]/m);
}

describe('collect --simulate', () => {
  test('serves while it records, and its capture replays to the rows it stored', async () => {
    using folder = new WorkFolder();
    await using live = collect(
      folder,
      ...['--capture', folder.file('capture'), '--truth', folder.file('truth.ndjson')],
    );
    const url = await live.url();
    await untilStored(url, TRADES);
    await checkService(url);
    const stopUs = Date.now() * 1000;
    live.signal('SIGINT');
    const result = await live.result();
    expect(result.code).toBe(0);
    expect(jsonLine(result)).toMatchObject({
      command: 'collect --simulate',
      exit_reason: 'SIGINT',
      gaps: 0,
      dropped: 0,
      conflated: 0,
      malformed: 0,
      bbo_mismatched: 0,
      book_gaps: 0,
      spool_length: 0,
      restarts: 0,
    });
    checkStopped(folder.file('live.db'), folder.file('truth.ndjson'));

    const files = readdirSync(folder.file('capture')).sort();
    const replayed = await runCommand(
      folder.path,
      ...['replay', ...files.map((name) => folder.file(`capture/${name}`))],
      ...['--store', `sqlite:${folder.file('replayed.db')}`, '--json'],
    );
    expect([replayed.code, replayed.stderr.includes('"level":"warn"')]).toEqual([0, false]);
    checkSame(folder.file('live.db'), folder.file('replayed.db'), stopUs);
    checkCanaries(folder.file('live.db'), folder.file('truth.ndjson'));
  }, 120_000);

  test('shows the passwords of its stores nowhere', async () => {
    using folder = new WorkFolder();
    const urls = [
      "postgres://w:it's-SECRET@127.0.0.1:1/market",
      'postgres://w@desk:"SECRET" %40SECRET@127.0.0.1:1/other',
    ];
    await using live = collect(folder, ...urls.flatMap((url) => ['--store', url]));
    await untilStored(await live.url(), 10);
    await until('both are tried', () => live.logged('takes nothing').length >= urls.length);
    live.signal('SIGINT');
    const { stdout, stderr } = await live.result();
    expect(stdout).toContain('postgres://w:***@127.0.0.1:1/market');
    expect(stderr).toContain('postgres://w@desk:***@127.0.0.1:1/other');
    const db = new Database(folder.file('live.db'), { readonly: true });
    const kept = JSON.stringify(db.query('SELECT * FROM sessions').all());
    db.close();
    expect(kept).toContain('postgres://w@desk:***@127.0.0.1:1/other');
    expect([stdout, stderr, kept].filter((text) => text.includes('SECRET'))).toEqual([]);
  }, 120_000);

  test('ends at once on a second signal, and the next start makes it good', async () => {
    using folder = new WorkFolder();
    await using first = collect(folder, '--truth', folder.file('truth.ndjson'));
    await untilStored(await first.url(), 300);
    first.signal('SIGINT');
    await first.log('stopping');
    first.signal('SIGINT');
    const { code, stdout, stderr } = await first.result();
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toEndWith('tickspine: SIGINT again: stopped without draining\n');

    await using second = collect(folder, '--truth', folder.file('truth.ndjson'));
    await untilStored(await second.url(), 300);
    second.signal('SIGTERM');
    expect(jsonLine(await second.result())).toMatchObject({ exit_reason: 'SIGTERM', open_gaps: 0 });
    const truth = checkTruth(folder.file('live.db'), folder.file('truth.ndjson'));
    expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
    expect(checkCandles(folder.file('live.db'), TIMEFRAMES).faults).toEqual([]);
  }, 120_000);
});

/** A store after a stop in order: nothing missing, open candles partial, candles as the trades. */
function checkStopped(path: string, truthPath: string): void {
  const { trades, ...truth } = checkTruth(path, truthPath);
  expect(trades).toBeGreaterThanOrEqual(TRADES);
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0, before: 0 });
  expect(numberOf(path, 'SELECT count(*) FROM data_quality')).toBe(0);
  expect(checkCandles(path, TIMEFRAMES).faults).toEqual([]);
  const day = rowsOf(path, "SELECT state FROM candles WHERE timeframe = '1d'");
  expect(day.length).toBe(numberOf(path, 'SELECT count(*) FROM instruments'));
  expect(day.filter(({ state }) => state !== 'partial')).toEqual([]);
  const whole = "SELECT count(*) FROM candles WHERE timeframe = '1s' AND state = 'complete'";
  expect(numberOf(path, whole)).toBeGreaterThanOrEqual(8);
  expect(numberOf(path, 'SELECT count(*) FROM sessions WHERE ended_us > started_us')).toBe(1);
}

function checkSame(livePath: string, replayedPath: string, stopUs: number): void {
  for (const view of ['trades', 'quotes', 'orderbook_snapshots']) {
    expect(`${view} ${rowsPrint(replayedPath, view)}`).toBe(`${view} ${rowsPrint(livePath, view)}`);
  }
  expect(numberOf(livePath, 'SELECT count(*) FROM orderbook_snapshots')).toBeGreaterThan(100);
  // A capture does not say that recording was told to stop: the bucket it happened in is partial
  // live only, and those open at the last line may close live only.
  const closed = `SELECT i.symbol, i.market_type, c.* FROM candle c
    JOIN instruments i ON i.id = c.instrument
    WHERE c.closed = 1 AND c.open_us < ${stopUs - 1_000_000} -
      CASE c.timeframe WHEN '1s' THEN 1000000 WHEN '1m' THEN 60000000 ELSE 86400000000 END`;
  const candles = new Map(rowsOf(livePath, closed).map((row) => [keyOf(row), valuesOf(row)]));
  const replayed = rowsOf(replayedPath, closed);
  expect(replayed.length).toBeGreaterThan(12);
  for (const row of replayed) {
    expect([keyOf(row), valuesOf(row)]).toEqual([keyOf(row), candles.get(keyOf(row))!]);
  }
}

/** What holds stores against the truth sees faults that are planted. Ruins the store. */
function checkCanaries(path: string, truthPath: string): void {
  const db = new Database(path);
  const middle = '(SELECT trade_id FROM trade WHERE instrument = 1 LIMIT 1 OFFSET 100)';
  db.run(`DELETE FROM trade WHERE instrument = 1 AND trade_id = ${middle}`);
  db.run(`UPDATE trade SET size = size * 2 WHERE instrument = 1 AND trade_id = ${middle}`);
  db.run(`INSERT INTO trade SELECT instrument, ts_us, tape, trade_id + 1000000, recv_us, price,
    size, native_size, flags FROM trade WHERE instrument = 2 LIMIT 1`);
  db.close();
  const truth = checkTruth(path, truthPath);
  expect(truth).toMatchObject({ missing: 1, different: 1, unknown: 1 });
  // The bucket of each, in every timeframe.
  expect(checkCandles(path, TIMEFRAMES).faults.length).toBeGreaterThanOrEqual(2 * 7);
  expect(candlesAheadOfTrades(path, TIMEFRAMES).length).toBeGreaterThanOrEqual(7);
}

type Row = Record<string, unknown>;

function keyOf({ symbol, market_type, timeframe, open_us }: Row): string {
  return `${symbol} ${market_type} ${timeframe} ${open_us}`;
}

function valuesOf({ instrument: _, recv_us: _recv, rebuilt: _how, ...values }: Row): string {
  return JSON.stringify(values);
}
