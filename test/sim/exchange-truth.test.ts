/** The truth file: every trade made, without holes, across pauses, restarts and kills. */
import { afterAll, expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExchange } from '../../src/sim/exchange.ts';
import { type ExchangeOptions, exchangeUrls } from '../../src/sim/exchange-options.ts';
import type { TruthRow } from '../../src/sim/truth-scan.ts';
import { getJson, SimClient, until } from '../support/sim-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'truth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS: ExchangeOptions = {
  seed: 5,
  rate: 600,
  instruments: [
    { feed: 'binance.spot', symbol: 'BTC/USDT' },
    { feed: 'binance.usdm', symbol: 'ETH/USDT' },
  ],
};
const SPOT_STREAM = 'btcusdt@trade';

let files = 0;
function truthPath(): string {
  files += 1;
  return join(folder, `truth-${files}.ndjson`);
}

function rowsOf(path: string, symbol = 'BTC/USDT'): TruthRow[] {
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TruthRow);
  return rows.filter((row) => row.symbol === symbol);
}

function expectContiguous(rows: readonly TruthRow[]): void {
  for (let i = 1; i < rows.length; i += 1) {
    expect(rows[i]?.trade_id).toBe(Number(rows[i - 1]?.trade_id) + 1);
  }
}

/** Takes `stream` until `count` frames came; the client stays open. */
async function take(port: number, path: string, stream: string, count: number): Promise<SimClient> {
  const feed = path.startsWith('/stream') ? 'binance.spot' : 'binance.usdm';
  const client = await SimClient.open(`${exchangeUrls(port, feed).ws}${path}`);
  await client.subscribe(stream);
  await client.waitFor(stream, count);
  return client;
}

test('holds every trade that was shown, as it was shown', async () => {
  const truthFile = truthPath();
  const exchange = await startExchange({ ...OPTIONS, truthFile });
  const spot = await take(exchange.port, '/stream', SPOT_STREAM, 80);
  const market = await take(exchange.port, '/market/stream', 'ethusdt@aggTrade', 40);
  await exchange.stop();
  await until('both closed', () => spot.closed !== undefined && market.closed !== undefined);
  for (const [rows, frames] of [
    [rowsOf(truthFile), spot.of(SPOT_STREAM)],
    [rowsOf(truthFile, 'ETH/USDT'), market.of('ethusdt@aggTrade')],
  ] as const) {
    const isSpot = rows[0]?.symbol === 'BTC/USDT';
    expect(rows).toEqual(
      frames.map((t) => ({
        venue: 'binance',
        symbol: isSpot ? 'BTC/USDT' : 'ETH/USDT',
        market_type: isSpot ? 'spot' : 'perp',
        trade_id: isSpot ? t.t : t.a,
        ts_us: t.T * 1000,
        price: Number(t.p),
        size: Number(t.q),
        side: t.m ? 'sell' : 'buy',
      })),
    );
  }
});

test('holds what faults hid, too', async () => {
  const truthFile = truthPath();
  const faults = 'drop=0.2,malformed=0.2';
  const exchange = await startExchange({ ...OPTIONS, truthFile, faults });
  const client = await take(exchange.port, '/stream', SPOT_STREAM, 100);
  await exchange.stop();
  const rows = rowsOf(truthFile);
  expectContiguous(rows);
  const ids = new Set(rows.map((row) => row.trade_id));
  // Without the broken ones that are JSON and have no id.
  const seen = client.of(SPOT_STREAM).filter((each) => each.t !== undefined);
  expect(seen.every((each) => ids.has(each.t))).toBe(true);
  expect(rows.length).toBeGreaterThan(seen.length * 1.3);
});

test('follows the fills where that is the tape', async () => {
  const truthFile = truthPath();
  const tapes = { 'binance.usdm': 'trade' } as const;
  const exchange = await startExchange({ ...OPTIONS, truthFile, tapes });
  const client = await take(exchange.port, '/public/stream', 'ethusdt@trade', 40);
  await exchange.stop();
  await until('the close', () => client.closed !== undefined);
  const rows = rowsOf(truthFile, 'ETH/USDT');
  expect(rows.map((row) => [row.trade_id, row.size])).toEqual(
    client.of('ethusdt@trade').map((each) => [each.t, Number(each.q)]),
  );
});

test('has no hole where nobody listened, and nothing after the last listener', async () => {
  const truthFile = truthPath();
  const exchange = await startExchange({ ...OPTIONS, truthFile });
  const first = await take(exchange.port, '/stream', SPOT_STREAM, 5);
  first.close();
  await until('no connection', async () => (await exchange.stats()).connections === 0);
  const shown = first.of(SPOT_STREAM).at(-1)?.t;
  const latest = `${exchange.urls('binance.spot').rest}/api/v3/trades?symbol=BTCUSDT&limit=1`;
  let newest = 0;
  await until('trades nobody heard', async () => {
    newest = (await getJson(latest)).body[0].id;
    return newest > shown + 5;
  });
  const second = await take(exchange.port, '/stream', SPOT_STREAM, 5);
  await exchange.stop();
  const rows = rowsOf(truthFile);
  expectContiguous(rows);
  expect(rows.map((row) => row.trade_id)).toContain(newest);
  expect(rows.at(-1)?.trade_id).toBeGreaterThanOrEqual(second.of(SPOT_STREAM).at(-1)?.t);
});

test('runs on after a kill without a hole, with the trades made while it was dead', async () => {
  const truthFile = truthPath();
  const script = join(import.meta.dirname, '../support/exchange-process.ts');
  const options = JSON.stringify({ ...OPTIONS, truthFile });
  const launch = async () => {
    const child = Bun.spawn([process.execPath, script, options], { stdout: 'pipe' });
    const { value } = await child.stdout.getReader().read();
    return { child, port: Number(new TextDecoder().decode(value)) };
  };
  const one = await launch();
  const before = await take(one.port, '/stream', SPOT_STREAM, 60);
  await until('rows in the file', () => statSync(truthFile).size > 0);
  one.child.kill('SIGKILL');
  await one.child.exited;
  await until('the close', () => before.closed !== undefined);
  // What a kill in the middle of a write leaves behind.
  appendFileSync(truthFile, '{"venue":"binance","symbol":"BTC/US');

  const two = await launch();
  const after = await take(two.port, '/stream', SPOT_STREAM, 20);
  two.child.kill('SIGTERM');
  await two.child.exited;
  const rows = rowsOf(truthFile);
  expectContiguous(rows);
  const byId = new Map(rows.map((row) => [row.trade_id, row]));
  for (const each of [...before.of(SPOT_STREAM), ...after.of(SPOT_STREAM)]) {
    const row = byId.get(each.t);
    expect([row?.price, row?.size, row?.ts_us]).toEqual([
      Number(each.p),
      Number(each.q),
      each.T * 1000,
    ]);
  }
  expect(after.of(SPOT_STREAM)[0]?.t).toBeGreaterThan(before.of(SPOT_STREAM).at(-1)?.t + 1);
});

test('of another seed, rate or set of instruments is not appended to', async () => {
  const truthFile = truthPath();
  const exchange = await startExchange({ ...OPTIONS, truthFile });
  await take(exchange.port, '/stream', SPOT_STREAM, 3);
  await exchange.stop();
  const { size } = statSync(truthFile);
  for (const other of [{ seed: 6 }, { rate: 601 }, { instruments: [] }]) {
    const started = startExchange({ ...OPTIONS, truthFile, ...other });
    await expect(started).rejects.toThrow('another seed, rate or set of instruments');
  }
  expect(statSync(truthFile).size).toBe(size);
  const again = await startExchange({ ...OPTIONS, truthFile });
  await again.stop();
});

test('is written from the start, without listeners, when the exchange is always on', async () => {
  const truthFile = truthPath();
  const exchange = await startExchange({ ...OPTIONS, truthFile, isAlwaysOn: true });
  await until('rows of both', async () => (await exchange.stats()).truthRows > 40);
  await exchange.stop();
  expectContiguous(rowsOf(truthFile));
  expect(rowsOf(truthFile, 'ETH/USDT').length).toBeGreaterThan(5);
});
