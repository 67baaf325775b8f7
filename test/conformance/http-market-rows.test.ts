/** Quotes, books, derivative ticks and liquidations over HTTP are the rows of the store's views. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { createApp } from '../../src/http/app.ts';
import { BatchBuilder, NEW_YEAR_US, testInstrument } from '../support/batch-builder.ts';
import { plainEngineView } from '../support/plain-engine-view.ts';
import { describeStores } from '../support/store-suite.ts';
import type { StoreTarget } from '../support/store-targets.ts';

const COUNT = 23;
const BTC = testInstrument(0, 'BTC/USDT');
const QUERY = `venue=${BTC.venue}&symbol=${BTC.symbol}&market_type=${BTC.marketType}`;

type Row = Record<string, unknown>;
type Stored = Awaited<ReturnType<typeof openRows>>;

/** Rows of every kind in a new store, and HTTP over it. */
async function openRows({ module, fresh }: StoreTarget) {
  const made = await fresh();
  const writer = module.createWriter(made.url, { timeframes: [], bookDeltas: false });
  await writer.open();
  await writer.registerInstruments([BTC]);
  const batch = new BatchBuilder();
  for (let i = 0; i < COUNT; i += 1) {
    // Three rows share each time, so that pages end inside a group.
    const us = NEW_YEAR_US + Math.floor(i / 3) * 1_000;
    batch.quote([100 + i, 1, 101 + i, i % 4 === 0 ? Number.NaN : 2], us, i, us - 7);
    batch.bookSnapshot([[100 + i, 1]], [[101 + i, 2]], us, i);
    batch.derivative([100 + i, 99, 0.0001 * i, NEW_YEAR_US, Number.NaN], NEW_YEAR_US + i * 10);
    batch.liquidation(100 + i, 0.5, i % 2 === 0, us);
  }
  await writer.write(batch.build());
  await writer.close();
  const reader = await module.openReader(made.url);
  const app = createApp({
    view: plainEngineView({
      instruments: [BTC],
      feeds: [],
      live: [],
      timeframes: [],
      spoolBatches: 0,
      storeUrl: made.url,
    }),
    reader: async () => reader,
    clock: systemClock,
  });
  return {
    app,
    rows: made.query,
    async close() {
      await reader.close();
      await made.dispose();
    },
  };
}

async function pages({ app }: Stored, route: string, query: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ''; ; ) {
    const response = await app.request(`/api/v1/${route}?${QUERY}&${query}${cursor}`);
    expect(response.status).toBe(200);
    const page = (await response.json()) as { data: Row[]; next: string | null };
    rows.push(...page.data);
    if (page.next === null) return rows;
    cursor = `&cursor=${page.next}`;
  }
}

const ROUTES = [
  ['quotes', 'quotes', 'recv_us'],
  ['book', 'orderbook_snapshots', 'recv_us'],
  ['derivatives', 'derivatives', 'ts_us'],
  ['liquidations', 'liquidations', 'ts_us'],
] as const;

describeStores('rows of the views over HTTP', ({ target }) => {
  let store: Stored;
  beforeAll(async () => {
    store = await openRows(target);
  });
  afterAll(() => store.close());

  describe.each(ROUTES)('%s', (route, view, time) => {
    const inOrder = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();

    test('are the rows of the view, in pages of any size and both directions', async () => {
      const stored = await store.rows(`SELECT * FROM ${view}`);
      expect(stored).toHaveLength(COUNT);
      for (const [order, limit] of [
        ['asc', 1],
        ['asc', 4],
        ['desc', 5],
        ['desc', 1000],
      ] as const) {
        const rows = await pages(store, route, `order=${order}&limit=${limit}`);
        expect(inOrder(rows)).toEqual(inOrder(stored));
        const times = rows.map((row) => Number(row[time]));
        const sign = order === 'asc' ? 1 : -1;
        expect(times).toEqual([...times].sort((a, b) => sign * (a - b)));
      }
    });

    test('begin and end where the query says', async () => {
      const stored = await store.rows(`SELECT DISTINCT ${time} AS us FROM ${view} ORDER BY 1`);
      const [start, end] = [Number(stored[2]?.us), Number(stored[5]?.us)];
      const rows = await pages(store, route, `start=${start}&end=${end}`);
      const wanted = await store.rows(
        `SELECT * FROM ${view} WHERE ${time} >= ${start}
        AND ${time} < ${end}`,
      );
      expect(wanted.length).toBeGreaterThan(0);
      expect(inOrder(rows)).toEqual(inOrder(wanted));
    });

    test('are CSV with the view’s columns', async () => {
      const response = await store.app.request(`/api/v1/${route}?${QUERY}&format=csv&limit=2`);
      const [header, ...lines] = (await response.text()).trimEnd().split('\n');
      const [first] = await store.rows(`SELECT * FROM ${view}`);
      expect(header).toBe(Object.keys(first ?? {}).join(','));
      expect(lines).toHaveLength(2);
    });

    test('of a symbol nobody recorded are a 404 with close matches', async () => {
      const response = await store.app.request(`/api/v1/${route}?symbol=BTCC/USDT`);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('BTC/USDT');
    });
  });
});
