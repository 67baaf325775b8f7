/** How the HTTP service behaves: state, problems, access, pages and metrics, over a real socket. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { EngineError, UsageError } from '../../src/base/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { startHttp } from '../../src/http/server.ts';
import { type HttpService, type Problem, startHttpService } from '../support/http-service.ts';
import { marketSeed, memoryRows } from '../support/market-seed.ts';
import { emptyRows, memoryReader } from '../support/memory-reader.ts';
import { plainEngineView } from '../support/plain-engine-view.ts';

const seed = marketSeed();
const reader = async () => memoryReader(memoryRows(seed, ['1m']));
const deadReader = () => Promise.reject(new Error('open /var/lib/secret.db: password=hunter2'));
const SPOT = 'venue=binance&symbol=BTC/USDT&market_type=spot';

let service: HttpService;
beforeAll(() => {
  service = startHttpService(seed, ['1m'], reader);
});
afterAll(() => service.stop());

describe('state', () => {
  test('health is 200 and degraded with the problem of each feed', async () => {
    expect(await service.json('/api/v1/health')).toMatchObject({
      status: 'degraded',
      store: { state: 'ok', problem: '' },
      feeds: [
        { feed: 'binance.spot', state: 'live', problem: '', last_frame_us: 99 },
        { feed: 'okx.spot', state: 'degraded', problem: 'no connection since 12:00' },
      ],
    });
  });

  test('health is ok when every feed is live, degraded while the spool holds batches', async () => {
    const own = startHttpService(seed, ['1m'], reader);
    own.state.feeds = own.state.feeds.slice(0, 1);
    expect(await own.json('/api/v1/health')).toMatchObject({ status: 'ok' });
    own.state.spoolBatches = 3;
    expect(await own.json('/api/v1/health')).toMatchObject({
      status: 'degraded',
      store: { state: 'behind', spool_batches: 3 },
    });
    await own.stop();
  });

  test('stats hold counters, latencies and rings, and never the store URL', async () => {
    const response = await service.get('/api/v1/stats');
    const text = await response.text();
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({
      store: 'mssql',
      feeds: [{ counters: { frames: 12 }, latency_us: { venue_to_received: { p99: 900 } } }, {}],
      writer: { rows: 7 },
      aggregator: { candles: 3 },
      workers: [{ name: 'venue.binance', restarts: 2 }],
    });
  });

  test('live values keep every digit, and what is not known yet is null', async () => {
    const { data } = await service.json<{ data: Record<string, unknown>[] }>('/api/v1/live');
    expect(data[0]).toMatchObject({ last_price: 0.1 + 0.2, last_size: 1e-8, bid_price: null });
  });

  test('venues and instruments list what is recorded', async () => {
    const venues = await service.json<{ data: { venue: string }[] }>('/api/v1/venues');
    expect(venues.data.map((v) => v.venue)).toEqual(['binance', 'okx']);
    const found = await service.json<{ data: unknown[] }>('/api/v1/instruments?venue=okx');
    expect(found.data).toMatchObject([
      { symbol: 'ETH/USDT', tick_size: 0.01, venue_symbol: 'ETHUSDT', recording: true },
    ]);
  });
});

describe('a store that is still empty', () => {
  test('has no rows of what is being recorded, and no fault', async () => {
    const stored = memoryReader(emptyRows());
    const own = startHttpService(seed, ['1m'], async () => stored);
    for (const path of [
      `candles?${SPOT}&timeframe=1m`,
      `candles?${SPOT}&timeframe=1h`,
      'candles/latest',
      `trades?${SPOT}`,
      'gaps',
    ]) {
      expect(await own.json<unknown>(`/api/v1/${path}`)).toEqual({ data: [], next: null });
    }
    for (const path of [`candles?${SPOT}&timeframe=1s`, 'candles/latest?timeframe=90s']) {
      const { error } = await own.json<Problem>(`/api/v1/${path}`, 422);
      expect(error.code).toBe('not_derivable');
    }
    await own.stop();
  });
});

describe('a store that is down', () => {
  test('costs the rows, not the state, and its error stays on the server', async () => {
    const own = startHttpService(seed, ['1m'], deadReader);
    for (const path of [
      `trades?${SPOT}`,
      `candles?${SPOT}&timeframe=1m`,
      'candles/latest',
      'gaps',
      'coverage',
      'sessions',
      'instruments',
    ]) {
      const response = await own.get(`/api/v1/${path}`);
      const text = await response.text();
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(text).toContain('store_unreachable');
      expect(text).not.toMatch(/secret|hunter2|var\/lib/);
    }
    const health = await own.get('/api/v1/health');
    expect(health.status).toBe(200);
    const text = await health.text();
    expect(text).not.toMatch(/secret|hunter2/);
    expect(JSON.parse(text)).toMatchObject({ status: 'degraded', store: { state: 'unreachable' } });
    for (const path of ['/api/v1/stats', '/api/v1/venues', '/api/v1/live', '/metrics', '/']) {
      expect((await own.get(path)).status).toBe(200);
    }
    expect(own.errors.length).toBeGreaterThan(0);
    await own.stop();
  });
});

describe('problems', () => {
  test.each([
    ['trades?limit=0', 'limit'],
    ['trades?limit=10001', 'limit'],
    ['trades?limit=-5', 'limit'],
    ['trades?limit=1e3', 'limit'],
    ['trades?limit=', 'limit'],
    ['trades?limit=1&limit=2', 'limit'],
    ['trades?start=yesterday', 'start'],
    ['trades?start=2026-01-02&end=2026-01-01', 'start'],
    ['trades?start=2026-01-02&end=2026-01-02', 'start'],
    ['trades?order=up', 'order'],
    ['trades?order=ASC', 'order'],
    ['trades?format=arrow', 'format'],
    ['trades?market_type=swap', 'market_type'],
    ['trades?cursor=abc', 'cursor'],
    ['trades?venue=', 'venue'],
    ['trades?symbl=BTC/USDT', 'symbl'],
    ['candles?symbol=BTC/USDT&timeframe=1m', 'venue'],
    ['candles?venue=binance&timeframe=1m', 'symbol'],
    ['candles?venue=binance&symbol=BTC/USDT', 'timeframe'],
    ['candles?venue=binance&symbol=BTC/USDT&timeframe=1m', 'market_type'],
    ['candles?venue=binance&symbol=BTC/USDT&timeframe=0m', 'timeframe'],
    ['candles?venue=binance&symbol=BTC/USDT&timeframe=1x', 'timeframe'],
    ['gaps?repaired=maybe', 'repaired'],
    ['gaps?kind=bogus', 'kind'],
    ['health?verbose=1', 'verbose'],
    ['sessions?limit=0', 'limit'],
  ])('%s is a 400 that names %s', async (path, field) => {
    const { error } = await service.json<Problem>(`/api/v1/${path}`, 400);
    expect(error.field).toBe(field);
    expect(error.message).toContain(field);
  });

  test('a typo in a parameter is answered with what was meant', async () => {
    const { error } = await service.json<Problem>('/api/v1/trades?symbl=BTC/USDT', 400);
    expect(error.code).toBe('unknown_parameter');
    expect(error.message).toContain('did you mean symbol?');
  });

  test.each([
    [`venue=binanec&symbol=BTC/USDT`, 'venue', 'binance BTC/USDT'],
    [`venue=binance&symbol=BTCUSDT`, 'symbol', 'binance BTC/USDT'],
    [`venue=okx&symbol=ETH/USDT&market_type=perp`, 'market_type', 'okx ETH/USDT spot'],
  ])('an unknown instrument (%s) is a 404 with close matches', async (query, field, close) => {
    const { error } = await service.json<Problem>(`/api/v1/trades?${query}`, 404);
    expect(error).toMatchObject({ code: 'unknown_instrument', field });
    expect(error.message).toContain(close);
  });

  test('unknown paths and other methods have the same shape', async () => {
    const { error } = await service.json<Problem>('/api/v2/trades', 404);
    expect(error.code).toBe('not_found');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await service.get('/api/v1/trades', { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect((await response.json()) as Problem).toHaveProperty('error.code', 'method_not_allowed');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('HEAD has the status and headers of GET and no body', async () => {
    for (const [path, status] of [
      ['/api/v1/health', 200],
      ['/nothing', 404],
      ['/api/v1/trades?limit=0', 400],
    ] as const) {
      const response = await service.get(path, { method: 'HEAD' });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toStartWith('application/json');
      expect(await response.text()).toBe('');
      const { headers } = await service.get(path);
      expect(response.headers.get('content-length')).toBe(headers.get('content-length'));
    }
  });

  test('too many requests a second are a 429, and health still answers', async () => {
    const own = startHttpService(seed, ['1m'], reader, { requestsPerSecond: 1 });
    const responses = await Promise.all([1, 2, 3].map(() => own.get('/api/v1/stats')));
    const refused = responses.filter((r) => r.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await own.get('/api/v1/health')).status).toBe(200);
    await own.stop();
  });
});

describe('access', () => {
  test('with a token every route but health wants it', async () => {
    const own = startHttpService(seed, ['1m'], reader, { token: 's3cret-token' });
    const paths = ['/', '/docs', '/metrics', '/api/v1/stats', '/api/v1/openapi.json', '/nothing'];
    for (const path of paths) {
      for (const headers of [{}, { authorization: 'Bearer s3cret-tokem' }]) {
        const response = await own.get(path, { headers });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect((await response.json()) as Problem).toHaveProperty('error.code', 'unauthorized');
      }
    }
    expect((await own.get('/api/v1/health')).status).toBe(200);
    const authorization = 'Bearer s3cret-token';
    expect((await own.get('/api/v1/stats', { headers: { authorization } })).status).toBe(200);
    await own.stop();
  });

  test('an address that others reach is not bound without a token', () => {
    const deps = { view: plainEngineView(service.state), clock: systemClock, reader };
    expect(() => startHttp({ host: '0.0.0.0', port: 0, ...deps })).toThrow(UsageError);
  });

  test('a port in use is one clear line', () => {
    const port = Number(new URL(service.url).port);
    const deps = { view: plainEngineView(service.state), clock: systemClock, reader };
    const start = () => startHttp({ host: '127.0.0.1', port, ...deps });
    expect(start).toThrow(EngineError);
    expect(start).toThrow(new RegExp(`^http: cannot bind 127.0.0.1:${port}: [^\\n]*$`));
  });

  test('a stopped service has closed its port', async () => {
    const own = startHttpService(seed, ['1m'], reader);
    expect((await own.get('/api/v1/health')).status).toBe(200);
    await own.stop();
    await expect(own.get('/api/v1/health')).rejects.toThrow();
  });
});

describe('pages and descriptions', () => {
  test('load nothing from anywhere else', async () => {
    for (const page of ['/', '/docs']) {
      const response = await service.get(page);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      const html = await response.text();
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
      expect(links.length).toBeGreaterThan(2);
      for (const link of links.filter((l) => l !== 'data:,')) {
        expect(link).toStartWith('/');
        const target = await service.get(link);
        expect([link, target.status]).toEqual([link, 200]);
        await target.arrayBuffer();
      }
    }
  });

  test('the description lists every route and every parameter', async () => {
    const description = await service.json<{
      paths: Record<string, { get: { parameters?: { name: string }[]; responses: object } }>;
    }>('/api/v1/openapi.json');
    const app = createApp({ view: plainEngineView(service.state), clock: systemClock, reader });
    const served = app.routes
      .filter((r) => r.method === 'GET' && /^\/(api\/v1\/|metrics)/.test(r.path))
      .map((r) => r.path)
      .filter((path) => path !== '/api/v1/openapi.json');
    expect(new Set(Object.keys(description.paths))).toEqual(new Set(served));
    const candles = description.paths['/api/v1/candles']?.get;
    expect(candles?.parameters?.map((p) => p.name)).toEqual([
      ...['venue', 'symbol', 'market_type', 'timeframe', 'start', 'end'],
      ...['limit', 'order', 'cursor', 'format'],
    ]);
    expect(Object.keys(candles?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '404', '422', '503']),
    );
  });

  test('live data is never cached', async () => {
    for (const path of ['/api/v1/health', '/metrics', `/api/v1/trades?${SPOT}`, '/api/v1/x']) {
      expect((await service.get(path)).headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('metrics', () => {
  test('are text that Prometheus reads, each with a help and a type', async () => {
    const response = await service.get('/metrics');
    expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4');
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    const typed = new Map<string, string>();
    for (const line of lines) {
      const type = /^# TYPE (\S+) (counter|gauge|summary)$/.exec(line);
      if (type !== null) typed.set(type[1] as string, type[2] as string);
      if (line.startsWith('#')) continue;
      const sample = /^([a-z_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? (\S+)$/.exec(line);
      expect([line, sample === null]).toEqual([line, false]);
      const name = (sample?.[1] ?? '').replace(/^(tickspine_latency_seconds)_count$/, '$1');
      expect([name, typed.has(name)]).toEqual([name, true]);
      expect(name.endsWith('_total')).toBe(typed.get(name) === 'counter');
    }
    expect(lines).toContain('tickspine_frames_total{feed="binance.spot"} 12');
    expect(lines).toContain('tickspine_feed_live{feed="okx.spot"} 0');
    expect(lines).toContain('tickspine_writer_rows_total{store="sqlite"} 7');
    const labels = 'feed="binance.spot",stage="venue_to_received",quantile="0.99"';
    expect(lines).toContain(`tickspine_latency_seconds{${labels}} 0.0009`);
    expect(lines).toContain('tickspine_worker_restarts_total{worker="venue.binance"} 2');
  });
});
