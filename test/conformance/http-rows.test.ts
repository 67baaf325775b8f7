/** Stored rows over HTTP on a real socket: one suite for every store, and for a plain reader. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type {
  CandleRow,
  CoverageRow,
  GapRow,
  StoreReader,
  TradeRow,
} from '../../src/store/contract.ts';
import {
  type HttpService,
  type Problem,
  type Rows,
  startHttpService,
} from '../support/http-service.ts';
import {
  gapsOf,
  marketSeed,
  memoryRows,
  SEED_MINUTES,
  SEED_START_US,
  SWEEP_COUNT,
  tradeRowOf,
} from '../support/market-seed.ts';
import { memoryReader } from '../support/memory-reader.ts';
import { openSeedStore } from '../support/seed-store.ts';
import { describeStores } from '../support/store-suite.ts';

const TIMEFRAMES = ['1m', '5m'];
const SPOT = 'venue=binance&symbol=BTC/USDT&market_type=spot';
const seed = marketSeed();
const seedTrades = seed.trades.map(tradeRowOf);

interface OpenReader {
  readonly reader: StoreReader;
  close(): Promise<void>;
}

describe('memory rows over HTTP', () => {
  rowTests(async () => {
    const reader = memoryReader(memoryRows(seed, TIMEFRAMES));
    return { reader, close: () => reader.close() };
  });
});

describeStores('rows over HTTP', ({ target }) => {
  rowTests(() => openSeedStore(target, seed, TIMEFRAMES));
});

function spotTrades(): TradeRow[] {
  return seedTrades.filter((t) => t.venue === 'binance' && t.market_type === 'spot');
}

function rowTests(open: () => Promise<OpenReader>): void {
  let service: HttpService;
  let opened: OpenReader;

  beforeAll(async () => {
    opened = await open();
    service = startHttpService(seed, TIMEFRAMES, async () => opened.reader);
  });
  afterAll(async () => {
    await service.stop();
    await opened.close();
  });

  async function readPages<Row>(query: string): Promise<Row[]> {
    const rows: Row[] = [];
    let next: string | null = null;
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const page: Rows<Row> = await service.json<Rows<Row>>(`/api/v1/${query}${cursor}`);
      rows.push(...page.data);
      next = page.next;
    } while (next !== null);
    return rows;
  }

  test('trades are exactly what was stored, oldest first from a start', async () => {
    const page = await service.json<Rows<TradeRow>>(
      `/api/v1/trades?${SPOT}&start=${SEED_START_US}&limit=10000`,
    );
    expect(page.data).toEqual(spotTrades());
    expect(page.next).toBeNull();
  });

  test('trades without a start are the newest first', async () => {
    const { data } = await service.json<Rows<TradeRow>>(`/api/v1/trades?${SPOT}&limit=3`);
    expect(data).toEqual(spotTrades().toReversed().slice(0, 3));
  });

  test('pages of trades cut through sweeps without losing or repeating one', async () => {
    for (const [order, limit] of [
      ['asc', SWEEP_COUNT - 2],
      ['desc', SWEEP_COUNT + 3],
    ] as const) {
      const ids = (await readPages<TradeRow>(`trades?${SPOT}&order=${order}&limit=${limit}`)).map(
        (t) => t.trade_id,
      );
      const wanted = spotTrades().map((t) => t.trade_id);
      expect(ids).toEqual(order === 'asc' ? wanted : wanted.toReversed());
    }
  });

  test('trades of all instruments merge into one order of time', async () => {
    const rows = await readPages<TradeRow>('trades?order=asc&limit=500');
    expect(rows.length).toBe(seedTrades.length);
    expect(rows.every((row, i) => i === 0 || row.ts_us >= (rows[i - 1] as TradeRow).ts_us)).toBe(
      true,
    );
    expect(new Set(rows.map((r) => `${r.venue} ${r.market_type} ${r.trade_id}`)).size).toBe(
      rows.length,
    );
  });

  test('every spelling of a time selects the same rows', async () => {
    const wanted = spotTrades().filter((t) => t.ts_us >= SEED_START_US + 600_000_000);
    for (const start of [
      '2026-01-01T00:10:00Z',
      '2026-01-01T02:10:00+02:00',
      '2026-01-01 00:10:00',
      '1767226200',
      '1767226200000',
      '1767226200000000',
    ]) {
      const { data } = await service.json<Rows<TradeRow>>(
        `/api/v1/trades?${SPOT}&limit=10000&start=${start}`,
      );
      expect(data.length).toBe(wanted.length);
    }
  });

  test('start is inclusive and end is exclusive', async () => {
    const [first] = spotTrades();
    const us = (first as TradeRow).ts_us;
    const at = (start: number, end: number) =>
      service.json<Rows<TradeRow>>(`/api/v1/trades?${SPOT}&start=${start}&end=${end}`);
    expect((await at(us, us + 1)).data.length).toBe(SWEEP_COUNT);
    expect((await at(us - 1, us)).data.length).toBe(0);
  });

  test('candles agree with the trades they are made of', async () => {
    const rows = await readPages<CandleRow>(`candles?${SPOT}&timeframe=1m&order=asc&limit=7`);
    expect(rows.length).toBe(SEED_MINUTES);
    const trades = spotTrades();
    for (const [i, row] of rows.entries()) {
      const inside = trades.filter((t) => Math.floor((t.ts_us - SEED_START_US) / 60e6) === i);
      expect(row).toMatchObject({
        venue: 'binance',
        symbol: 'BTC/USDT',
        market_type: 'spot',
        timeframe: '1m',
        ts_us: SEED_START_US + i * 60_000_000,
        open: inside[0]?.price as number,
        close: inside.at(-1)?.price as number,
        high: Math.max(...inside.map((t) => t.price)),
        low: Math.min(...inside.map((t) => t.price)),
        trade_count: 4 * SWEEP_COUNT,
      });
      expect(row.volume).toBeCloseTo(
        inside.reduce((sum, t) => sum + t.size, 0),
        12,
      );
    }
  });

  test('pages of candles run backward too, and a start inside a bucket leaves it out', async () => {
    const down = await readPages<CandleRow>(`candles?${SPOT}&timeframe=5m&limit=4`);
    const opens = down.map((row) => (row.ts_us - SEED_START_US) / 300e6);
    expect(opens).toEqual([5, 4, 3, 2, 1, 0]);
    const later = await readPages<CandleRow>(
      `candles?${SPOT}&timeframe=5m&start=2026-01-01T00:00:01Z&end=2026-01-01T00:10:01Z&limit=1`,
    );
    expect(later.map((row) => (row.ts_us - SEED_START_US) / 300e6)).toEqual([1, 2]);
  });

  test('a timeframe that no stored one divides is a 422', async () => {
    const path = `/api/v1/candles?${SPOT}&timeframe=7s`;
    const { error } = await service.json<Problem>(path, 422);
    expect(error.code).toBe('not_derivable');
  });

  test('the latest candles are one an instrument and timeframe', async () => {
    const { data } = await service.json<Rows<CandleRow>>('/api/v1/candles/latest');
    expect(data.length).toBe(seed.instruments.length * TIMEFRAMES.length);
    const one = await service.json<Rows<CandleRow>>(`/api/v1/candles/latest?${SPOT}&timeframe=1m`);
    expect(one.data.map((row) => row.ts_us)).toEqual([SEED_START_US + (SEED_MINUTES - 1) * 60e6]);
  });

  test('gaps page through the ledger and filter by kind and repair', async () => {
    const rows = await readPages<GapRow>('gaps?order=asc&limit=1');
    expect(rows.length).toBe(gapsOf(seed).length);
    const open = await readPages<GapRow>(`gaps?${SPOT}&repaired=0&kind=trade_gap`);
    expect(open).toMatchObject([{ from_id: 5_010, to_id: 5_014, repaired: 0 }]);
    expect(await readPages<GapRow>('gaps?kind=book_gap')).toEqual([]);
  });

  test('coverage and sessions answer with lists', async () => {
    expect(Array.isArray(await readPages<CoverageRow>('coverage'))).toBe(true);
    expect(await service.json<Rows<unknown>>('/api/v1/sessions')).toHaveProperty('next', null);
  });

  test('CSV holds the same rows and the same cursor', async () => {
    const path = `/api/v1/trades?${SPOT}&limit=5`;
    const page = await service.json<Rows<TradeRow>>(path);
    const response = await service.get(`${path}&format=csv`);
    expect(response.headers.get('content-type')).toStartWith('text/csv');
    expect(response.headers.get('x-next-cursor')).toBe(page.next);
    const [header, ...lines] = (await response.text()).trimEnd().split('\n');
    const columns = (header as string).split(',');
    expect(columns).toEqual(Object.keys(page.data[0] as TradeRow));
    expect(lines).toEqual(page.data.map((row) => Object.values(row).map(String).join(',')));
  });

  test('a cursor of another query is refused, one of another limit or format is not', async () => {
    const { next } = await service.json<Rows<TradeRow>>(`/api/v1/trades?${SPOT}&limit=5`);
    const same = `/api/v1/trades?${SPOT}&limit=9&format=csv&cursor=${next}`;
    expect((await service.get(same)).status).toBe(200);
    const other = `/api/v1/trades?${SPOT}&limit=5&order=asc&cursor=${next}`;
    expect((await service.json<Problem>(other, 400)).error.field).toBe('cursor');
  });
}
