/**
 * `http`: candle queries on a store of 5 million candles, server and client in processes of their
 * own. Closed loop for requests a second, then open loop at a fixed rate for latency.
 */

import { NumberChecksum } from '../harness/checksum.ts';
import type { BenchCase, Contender, RunContext, RunOutcome, Suite } from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';
import {
  type CandleStore,
  candleStore,
  makeCandleStore,
  queryPaths,
} from '../http/candle-store.ts';
import { closedLoop, get, openLoop } from '../http/load.ts';

const SERVER_FILE = new URL('../http/server-process.ts', import.meta.url).pathname;
const SECONDS = { tiny: 0.2, quick: 2, full: 5 };
const OPEN_RATE = 100;
const PATHS = 2000;
const CHECKED = 20;

interface Query {
  readonly timeframe: string;
  readonly limit: number;
}

interface Body {
  readonly data: readonly { readonly ts_us: number; readonly close: number }[];
}

async function startServer(kind: 'ours' | 'bare', store: CandleStore) {
  const child = Bun.spawn([process.execPath, SERVER_FILE, JSON.stringify({ kind, store })], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  process.once('exit', () => child.kill());
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const url = new TextDecoder().decode(value).trim();
  if (url === '') throw new Error('the server did not start');
  return { url, stop: () => child.kill() };
}

function contender(name: string, kind: 'ours' | 'bare', { timeframe, limit }: Query): Contender {
  return {
    name,
    isOurs: kind === 'ours',
    async run(context: RunContext): Promise<RunOutcome> {
      const store = candleStore(context);
      const seconds = scaled(context.scale, SECONDS);
      const server = await startServer(kind, store);
      try {
        const paths = queryPaths(store, timeframe, limit, PATHS);
        const sum = new NumberChecksum();
        let bytes = 0;
        for (const path of paths.slice(0, CHECKED)) {
          const body = await get(server.url, path);
          bytes += body.length;
          for (const { ts_us, close } of (JSON.parse(body) as Body).data) sum.add(ts_us, close);
        }
        await closedLoop(server.url, paths, Math.min(1, seconds), context.workDir);
        const closed = await closedLoop(server.url, paths, seconds, context.workDir);
        const data = await openLoop(server.url, paths, OPEN_RATE, seconds);
        const work = closed.requests;
        return {
          value: closed.requestsPerSecond,
          work,
          elapsedUs: seconds * 1e6,
          checksums: { 'rows of the first queries': String(sum) },
          metrics: {
            'rows/s': closed.requestsPerSecond * limit,
            'p50 ms': data.p50 / 1000,
            'p99 ms': data.p99 / 1000,
            'bytes an answer': bytes / CHECKED,
          },
          histograms: [data],
          source: `${store.minutes * store.instruments.length} candles of a random walk`,
          notes: [`client: ${closed.client}`],
        };
      } finally {
        server.stop();
      }
    },
  };
}

function queryCase(id: string, title: string, query: Query, withBare: boolean): BenchCase {
  const contenders = [contender('tickspine http', 'ours', query)];
  if (withBare) contenders.push(contender('bare Bun.serve, SELECT, JSON', 'bare', query));
  return { id, title, unit: 'requests/s', better: 'higher', contenders };
}

const CASES: readonly BenchCase[] = [
  queryCase('500 candles', '500 stored 1m candles', { timeframe: '1m', limit: 500 }, true),
  queryCase('10 candles', '10 stored 1m candles', { timeframe: '1m', limit: 10 }, true),
  queryCase('resampled', '50 1h candles made of 1m candles', { timeframe: '1h', limit: 50 }, false),
];

export const suite: Suite = {
  name: 'http',
  title: 'candle queries over HTTP',
  prepare: makeCandleStore,
  cases: async () => CASES,
};
