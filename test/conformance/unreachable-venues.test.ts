/**
 * `collect` on a machine whose venues cannot be reached: it says so, serves, keeps trying at
 * growing intervals, records as soon as they are back, and stops when told to.
 */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { startExchange } from '../../src/sim/exchange.ts';
import { CliProcess, type JsonObject, jsonLine } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { numberOf } from '../support/store-file.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

/** A port of loopback where nobody listens. */
function closedPort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** Listens, hangs up on everyone, and keeps when they came, ms. */
function hangUp(): { port: number; times: number[]; stop(): void } {
  const times: number[] = [];
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        times.push(performance.now());
        socket.end();
      },
      data() {},
    },
  });
  return { port: listener.port, times, stop: () => listener.stop(true) };
}

function feedConfig(feed: string, wsPort: number, restPort: number, symbol: string): string {
  return `  ${feed}:
    symbols: [${symbol}]
    channels: [trades]
    urls: { ws: 'ws://127.0.0.1:${wsPort}/${feed}', rest: 'http://127.0.0.1:${restPort}/${feed}' }
`;
}

const timeOf = (line: JsonObject) => Date.parse(String(line.time));

interface Health {
  readonly status: string;
  readonly feeds: readonly { readonly feed: string; readonly state: string; problem: string }[];
}

async function health(url: string): Promise<Health> {
  const response = await fetch(`${url}/api/v1/health`);
  expect(response.status).toBe(200);
  return (await response.json()) as Health;
}

test('says within 5 s which venues it cannot reach, serves, retries ever more rarely', async () => {
  using folder = new WorkFolder();
  const refusing = hangUp();
  const closed = closedPort();
  folder.write(
    'tickspine.yaml',
    `feeds:\n${feedConfig('binance.spot', closed, closed, 'BTC/USDT')}${feedConfig(
      'binance.usdm',
      refusing.port,
      closed,
      'ETH/USDT',
    )}`,
  );
  await using child = new CliProcess(folder.path, ['collect', '--http', '127.0.0.1:0', '--json']);
  for (const [feed, port] of [
    ['binance.spot', closed],
    ['binance.usdm', refusing.port],
  ]) {
    const line = await child.log(`${feed}: cannot reach 127.0.0.1:${port}`);
    expect(String(line.fact)).toContain('collect --simulate');
    expect(timeOf(line) - timeOf(await child.log('started'))).toBeLessThan(5_000);
  }

  const { status, feeds } = await health(await child.url());
  expect(status).toBe('degraded');
  for (const { state, problem } of feeds) {
    expect([state, problem.includes('cannot reach 127.0.0.1')]).toEqual(['connecting', true]);
  }

  await until('four attempts', () => refusing.times.length >= 4);
  const [first = 0, ...rest] = refusing.times.slice(1).map((ms, i) => ms - refusing.times[i]!);
  expect(first).toBeGreaterThan(200);
  // Each full wait is twice the one before, and jitter takes at most half of it.
  expect(rest.at(-1)!).toBeGreaterThan(1.5 * first);
  // Said once each, not once an attempt.
  expect(child.logged('cannot reach')).toHaveLength(2);

  child.signal('SIGTERM');
  const result = await child.result();
  refusing.stop();
  expect(result.code).toBe(0);
  expect(jsonLine(result)).toMatchObject({ exit_reason: 'SIGTERM', trades: 0, restarts: 0 });
  expect(numberOf(folder.file('tickspine.db'), 'SELECT count(*) FROM trades')).toBe(0);
});

test('records as soon as the venue is there', async () => {
  using folder = new WorkFolder();
  const port = closedPort();
  folder.write('tickspine.yaml', `feeds:\n${feedConfig('binance.spot', port, port, 'BTC/USDT')}`);
  await using child = new CliProcess(folder.path, ['collect', '--http', '127.0.0.1:0', '--json']);
  await child.log('cannot reach');
  const exchange = await startExchange({ seed: 3, rate: 200, port, feeds: ['binance.spot'] });
  try {
    const url = await child.url();
    const feed = await until('a live feed', async () => {
      return (await health(url)).feeds.find(({ state }) => state === 'live');
    });
    expect(feed.problem).toBe('');
    await until('stored trades', () => {
      return numberOf(folder.file('tickspine.db'), 'SELECT count(*) FROM trades') > 20;
    });
    child.signal('SIGINT');
    expect((await child.result()).code).toBe(0);
  } finally {
    await exchange.stop();
  }
});
