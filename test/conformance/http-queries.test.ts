/** Whatever a client asks, it is answered below 500 and in a documented shape. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type HttpService, startHttpService } from '../support/http-service.ts';
import { marketSeed } from '../support/market-seed.ts';
import { openSeedStore, type SeedStore } from '../support/seed-store.ts';
import { describeStores } from '../support/store-suite.ts';

const seed = marketSeed();

const ROUTES = [
  ...['health', 'stats', 'venues', 'live', 'instruments', 'candles', 'candles/latest'],
  ...['trades', 'gaps', 'coverage', 'sessions', 'nothing', 'openapi.json'],
];
const NAMES = [
  ...['venue', 'symbol', 'market_type', 'timeframe', 'start', 'end', 'limit', 'order'],
  ...['cursor', 'format', 'kind', 'repaired', '__proto__', 'constructor', ''],
];
/** Values that are right somewhere, so that queries get past the first check. */
const VALUES = [
  ...['binance', 'okx', 'BTC/USDT', 'ETH/USDT', 'spot', 'perp', '1m', '7s', '12M', '9999w'],
  ...['0', '1', '10000', '2026-01-01', '1767225600', '9007199254740991', '2255-06-05T23:47:34Z'],
  ...['asc', 'desc', 'json', 'csv', 'arrow', 'true', 'WzEsMl0', 'W10', '%00', '../etc', "' OR 1=1"],
];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);
const built = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((pairs) => pairs.map(([n, v]) => `${encode(n)}=${encode(v)}`).join('&'));
const raw = fc
  .string({ unit: 'binary-ascii', maxLength: 60 })
  .map((text) => text.replace(/#/g, ''));

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

describeStores('queries over HTTP', ({ target }) => {
  // A server answers a tenth as fast.
  const runs = target.module.scheme === 'sqlite' ? 2_000 : 400;
  let service: HttpService;
  let stored: SeedStore;
  beforeAll(async () => {
    stored = await openSeedStore(target, seed, ['1m']);
    service = startHttpService(seed, ['1m'], async () => stored.reader);
  });
  afterAll(async () => {
    await service.stop();
    await stored.close();
  });

  test('any query string is answered, and never with a 5xx', async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ROUTES), fc.oneof(built, raw), async (route, query) => {
        const response = await service.get(`/api/v1/${route}?${query}`);
        const text = await response.text();
        seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
        expect([200, 400, 404, 422]).toContain(response.status);
        if (response.status === 200) return;
        const { error } = JSON.parse(text) as { error: { code: string; message: string } };
        expect(error.message.length).toBeGreaterThan(0);
        expect(error.message.length).toBeLessThan(600);
      }),
      { numRuns: runs },
    );
    expect(service.errors).toEqual([]);
    // A property that only ever sees refusals proves nothing.
    for (const status of [200, 400, 404]) expect(seen.get(status) ?? 0).toBeGreaterThan(20);
  });

  test('candle queries of any range and timeframe are answered', async () => {
    const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const timeframe = fc.tuple(fc.integer({ min: 1, max: 2_000 }), fc.constantFrom(...'smhdwM'));
    await fc.assert(
      fc.asyncProperty(time, time, timeframe, async (start, end, [count, unit]) => {
        const range = `start=${start}&end=${end}&timeframe=${count}${unit}`;
        const path = `/api/v1/candles?venue=okx&symbol=ETH/USDT&${range}`;
        expect([200, 400, 422]).toContain((await service.get(path)).status);
      }),
      { numRuns: runs / 4 },
    );
    expect(service.errors).toEqual([]);
  });
});
