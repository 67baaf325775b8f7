/** HTTP on a real socket over a plain engine view and any reader, for the HTTP suites. */
import { systemClock } from '../../src/base/clock.ts';
import type { HttpDeps } from '../../src/http/app.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import type { StoreReader } from '../../src/store/contract.ts';
import { type MarketSeed, SEED_START_US } from './market-seed.ts';
import { type PlainView, plainEngineView, plainFeed } from './plain-engine-view.ts';

export interface HttpService {
  readonly url: string;
  readonly state: PlainView;
  readonly errors: unknown[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Body of a GET that must answer with `status`. */
  json<T = unknown>(path: string, status?: number): Promise<T>;
  stop(): Promise<void>;
}

export interface Problem {
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}

export interface Rows<Row> {
  readonly data: Row[];
  readonly next: string | null;
}

export function startHttpService(
  seed: MarketSeed,
  timeframes: string[],
  reader: () => Promise<StoreReader>,
  over: Partial<Pick<HttpDeps, 'token' | 'requestsPerSecond'>> = {},
): HttpService {
  const state = viewState(seed, timeframes);
  const errors: unknown[] = [];
  const server: HttpServer = startHttp({
    host: '127.0.0.1',
    port: 0,
    view: plainEngineView(state),
    clock: systemClock,
    reader,
    onError: (error) => errors.push(error),
    ...over,
  });
  const get = (path: string, init?: RequestInit) => fetch(server.url + path, init);
  return {
    url: server.url,
    state,
    errors,
    get,
    async json<T>(path: string, status = 200) {
      const response = await get(path);
      const body = await response.text();
      if (response.status !== status) throw new Error(`${path}: ${response.status} ${body}`);
      return JSON.parse(body) as T;
    },
    stop: () => server.stop(),
  };
}

function viewState(seed: MarketSeed, timeframes: string[]): PlainView {
  const [first, , last] = seed.instruments;
  if (first === undefined || last === undefined) throw new Error('seed has three instruments');
  return {
    instruments: [...seed.instruments],
    feeds: [
      plainFeed(first, { counters: { frames: 12, trades_refilled: 3, last_frame_us: 99 } }),
      plainFeed(last, { state: 'degraded', problem: 'no connection since 12:00' }),
    ],
    live: seed.instruments.map((instrument) => ({
      instrument,
      lastTradeUs: SEED_START_US,
      lastPrice: 0.1 + 0.2,
      lastSize: 1e-8,
      bidPrice: Number.NaN,
      bidSize: Number.NaN,
      askPrice: Number.NaN,
      askSize: Number.NaN,
      quoteUs: Number.NaN,
      tradeCount: 5,
      volume: 9,
    })),
    timeframes,
    spoolBatches: 0,
    storeUrl: 'mssql://sa:hunter2@desk:1433/market',
  };
}
