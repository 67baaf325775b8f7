/** HTTP over a real PostgreSQL that goes away: a 503 meanwhile, and the same rows afterwards. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createStoreWriter, openStoreReader } from '../../src/store/open-store.ts';
import { until } from '../support/condition.ts';
import { type HttpService, startHttpService } from '../support/http-service.ts';
import { marketSeed } from '../support/market-seed.ts';
import { PostgresServer, postgresSkipReason } from '../support/postgres-server.ts';
import { seedBatch } from '../support/seed-batch.ts';

const TRADES = '/api/v1/trades?venue=binance&symbol=BTC/USDT&market_type=spot&limit=10000';
const skipReason = postgresSkipReason();
if (skipReason !== '') console.info(`HTTP and PostgreSQL outages skipped: ${skipReason}`);

describe.skipIf(skipReason !== '')('HTTP over PostgreSQL', () => {
  const seed = marketSeed();
  let server: PostgresServer;
  let service: HttpService;
  let rows: string;

  beforeAll(async () => {
    server = await PostgresServer.start();
    const url = server.url(await server.createDatabase(), '?timeout_ms=1000');
    const writer = await createStoreWriter(url, { timeframes: [], bookDeltas: false });
    await writer.open();
    await writer.registerInstruments(seed.instruments);
    await writer.write(seedBatch(seed));
    await writer.close();
    service = startHttpService(seed, ['1m'], () => openStoreReader(url));
    rows = await (await service.get(TRADES)).text();
  });
  afterAll(async () => {
    await service.stop();
    await server.dispose();
  });

  /** Health asks the store once a second at most. */
  async function storeReads(state: string): Promise<void> {
    await until(`the store is ${state}`, async () => {
      const health = await service.json<{ store: { state: string } }>('/api/v1/health');
      return health.store.state === state;
    });
  }

  async function expectAway(): Promise<void> {
    const response = await service.get(TRADES);
    const text = await response.text();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(text).toContain('store_unreachable');
    expect(text).not.toMatch(/only-for-tests|127\.0\.0\.1/);
    await storeReads('unreachable');
  }

  async function expectBack(): Promise<void> {
    await until('the store is read again', async () => (await service.get(TRADES)).status === 200);
    expect(await (await service.get(TRADES)).text()).toBe(rows);
    await storeReads('ok');
  }

  test('shut down and started again', async () => {
    await server.stop();
    await expectAway();
    await server.restart();
    await expectBack();
  });

  test('killed and started again', async () => {
    await server.kill();
    await expectAway();
    await server.restart();
    await expectBack();
  });

  test('standing still', async () => {
    server.pause();
    try {
      await expectAway();
    } finally {
      server.resume();
    }
    await expectBack();
  });

  test('a connection that an administrator ends costs at most one answer', async () => {
    await server.query(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'tickspine-reader'`,
    );
    const [first, second] = [await service.get(TRADES), await service.get(TRADES)];
    expect([200, 503]).toContain(first.status);
    expect(second.status).toBe(200);
    expect(await second.text()).toBe(rows);
  });
});
