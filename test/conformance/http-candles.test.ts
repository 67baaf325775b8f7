/**
 * Candles over HTTP of every timeframe, stored or made of finer ones, in pages both ways, held
 * against the trades counted the slow way.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { createApp } from '../../src/http/app.ts';
import { Channel, StatusKind } from '../../src/model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../../src/model/timeframe.ts';
import type { CandleRow } from '../../src/store/contract.ts';
import { BatchBuilder, HOUR_US, MINUTE_US, NEW_YEAR_US } from '../support/batch-builder.ts';
import { naiveCandles, type PlainCandle, type PlainTrade } from '../support/naive-candles.ts';
import { plainEngineView } from '../support/plain-engine-view.ts';
import { BTC, describeStores, timeframes } from '../support/store-suite.ts';
import type { StoreTarget } from '../support/store-targets.ts';

const DAY_US = 24 * HOUR_US;
const STORED = ['1m', '1h'];
const MADE = ['3m', '5m', '15m', '37m', '2h', '4h', '1d', '3d', '1w', '1M', '3M'];
const QUERY = `venue=${BTC.venue}&symbol=${BTC.symbol}&market_type=${BTC.marketType}`;
/** 10 November 2025 to 19 February 2026: a year, months and weeks begin inside. */
const START_US = NEW_YEAR_US - 52 * DAY_US;
const SPAN_US = 101 * DAY_US;
const TRADE_COUNT = 1_500;
/** Proven from October to April, so that no bucket is `partial` for what is outside. */
const COVERED = { fromUs: NEW_YEAR_US - 92 * DAY_US, toUs: NEW_YEAR_US + 90 * DAY_US };
const SUM_TOLERANCE = 1e-12;

const trades: PlainTrade[] = Array.from({ length: TRADE_COUNT }, (_, i) => {
  // Three trades in a burst, then a pause; some share their time with the one before.
  const tsUs = START_US + Math.floor(i / 3) * Math.floor((3 * SPAN_US) / TRADE_COUNT) + (i % 2);
  const cents = 6_123_456 + ((i * 7_919) % 10_007);
  const millis = 1 + ((i * 31) % 977);
  const isSell = i % 3 === 0;
  return {
    instrument: 0,
    id: i + 1,
    tsUs,
    recvUs: tsUs + 9,
    cents,
    millis,
    isSell,
    isRefill: false,
  };
}).sort((a, b) => a.tsUs - b.tsUs || a.id - b.id);

function burst(index: number): number {
  return trades[index * 3]?.tsUs ?? Number.NaN;
}

/** An open gap and one that was repaired, each inside one minute that has trades. */
const OPEN_US = burst(100);
const REPAIRED_US = burst(300);

function batchOfAll(): BatchBuilder {
  const batch = new BatchBuilder();
  for (const { id, tsUs, recvUs, cents, millis, isSell } of trades) {
    batch.trade({ id, tsUs, recvUs, price: cents / 100, size: millis / 1000, isSell });
  }
  const channel = Channel.trades;
  batch.status({ kind: StatusKind.coverage, channel, fromId: 1, toId: TRADE_COUNT, ...COVERED });
  const gap = { kind: StatusKind.gap, channel, missing: 1, cause: 'disconnect' };
  batch.status({ ...gap, fromId: 9_001, toId: 9_001, fromUs: OPEN_US, toUs: OPEN_US + 1 });
  const lost = { fromId: 9_002, toId: 9_002, fromUs: REPAIRED_US, toUs: REPAIRED_US + 1 };
  batch.status({ ...gap, ...lost });
  batch.status({ ...gap, ...lost, kind: StatusKind.repaired, missing: 0, how: 'rest' });
  return batch;
}

function stateOf(timeframe: Timeframe, { openUs, endUs }: PlainCandle): CandleRow['state'] {
  const last = trades.at(-1) as PlainTrade;
  const newestEndUs = Math.floor(last.tsUs / MINUTE_US) * MINUTE_US + MINUTE_US;
  const isMade = !STORED.includes(timeframe.name);
  // A coarser candle is open until the newest of what it is made of reaches its end.
  const reachedUs = timeframe.unit === 'm' ? newestEndUs : bucketEnd('1h', last.tsUs);
  const has = (us: number) => us >= openUs && us < endUs;
  if (has(OPEN_US) || (isMade && endUs > reachedUs)) return 'partial';
  return has(REPAIRED_US) ? 'repaired' : 'complete';
}

function bucketEnd(name: string, us: number): number {
  const [timeframe] = timeframes(name) as [Timeframe];
  return bucketEndUs(timeframe, bucketOpenUs(timeframe, us));
}

async function openCandles({ module, fresh }: StoreTarget) {
  const { url, dispose } = await fresh();
  const options = { timeframes: timeframes(...STORED), bookDeltas: false };
  const writer = module.createWriter(url, options);
  await writer.open();
  await writer.registerInstruments([BTC]);
  await writer.write(batchOfAll().build());
  await writer.rebuildCandles(BTC, COVERED.fromUs, COVERED.toUs, COVERED.toUs);
  await writer.close();
  const reader = await module.openReader(url);
  const view = { instruments: [BTC], feeds: [], live: [], timeframes: STORED, spoolBatches: 0 };
  const app = createApp({
    view: plainEngineView({ ...view, storeUrl: url }),
    reader: async () => reader,
    clock: systemClock,
  });
  return {
    async pages(query: string): Promise<CandleRow[]> {
      const rows: CandleRow[] = [];
      for (let cursor = ''; ; ) {
        const response = await app.request(`/api/v1/candles?${QUERY}&${query}${cursor}`);
        expect(response.status).toBe(200);
        const page = (await response.json()) as { data: CandleRow[]; next: string | null };
        rows.push(...page.data);
        if (page.next === null) return rows;
        cursor = `&cursor=${page.next}`;
      }
    },
    async close() {
      await reader.close();
      await dispose();
    },
  };
}

describeStores('candles over HTTP', ({ target }) => {
  let store: Awaited<ReturnType<typeof openCandles>>;
  beforeAll(async () => {
    store = await openCandles(target);
  });
  afterAll(() => store.close());

  test.each([...STORED, ...MADE])('of %s are those of the trades', async (name) => {
    const list = timeframes(name);
    const wanted = [...naiveCandles(trades, list).values()].sort((a, b) => a.openUs - b.openUs);
    const rows = await store.pages(`timeframe=${name}&order=asc&limit=10000`);
    expect(rows.map((row) => row.ts_us)).toEqual(wanted.map(({ openUs }) => openUs));
    for (const [i, candle] of wanted.entries()) {
      const row = rows[i] as CandleRow;
      const { open, high, low, close, tradeCount } = candle;
      const state = stateOf(list[0] as Timeframe, candle);
      expect(row).toMatchObject({ open, high, low, close, trade_count: tradeCount, state });
      const sums = [row.volume, row.quote_volume, row.buy_volume];
      const exact = [candle.volume, candle.quoteVolume, candle.buyVolume];
      for (const [at, sum] of exact.entries()) {
        expect(Math.abs((sums[at] as number) - sum)).toBeLessThanOrEqual(SUM_TOLERANCE * sum);
      }
      expect(row.vwap).toBe(row.quote_volume / row.volume);
    }
  });

  test.each(['1h', '37m', '1w'])('of %s are the same in pages of any size', async (name) => {
    const whole = await store.pages(`timeframe=${name}&order=asc&limit=10000`);
    for (const limit of [name === '1w' ? 1 : 97, 200]) {
      const query = `timeframe=${name}&limit=${limit}`;
      expect(await store.pages(`${query}&order=asc`)).toEqual(whole);
      expect(await store.pages(`${query}&order=desc`)).toEqual(whole.toReversed());
    }
  });

  test.each(['1m', '4h', '1M'])('of %s begin and end where the query says', async (name) => {
    const whole = await store.pages(`timeframe=${name}&order=asc&limit=10000`);
    const [start, end] = [NEW_YEAR_US - 40 * DAY_US - 1, NEW_YEAR_US + 33 * DAY_US + 1];
    const inside = whole.filter((row) => row.ts_us >= start && row.ts_us < end);
    expect(inside.length).toBeGreaterThan(1);
    const range = `timeframe=${name}&start=${start}&end=${end}&limit=50`;
    expect(await store.pages(`${range}&order=asc`)).toEqual(inside);
    expect(await store.pages(`${range}&order=desc`)).toEqual(inside.toReversed());
  });
});
