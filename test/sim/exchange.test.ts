/** The embedded exchange as a client sees it: one market, told consistently by every stream. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startExchange } from '../../src/sim/exchange.ts';
import type { Exchange, ExchangeOptions } from '../../src/sim/exchange-options.ts';
import { getJson, SimClient, until } from '../support/sim-client.ts';

const OPTIONS: ExchangeOptions = {
  seed: 7,
  rate: 1200,
  instruments: [
    { feed: 'binance.spot', symbol: 'BTC/USDT' },
    { feed: 'binance.spot', symbol: 'ETH/USDT' },
    { feed: 'binance.usdm', symbol: 'BTC/USDT' },
    { feed: 'binance.usdm', symbol: 'ETH/USDT' },
  ],
};

let exchange: Exchange;
let spot: string;
let usdm: string;
const clients: SimClient[] = [];

beforeAll(async () => {
  exchange = await startExchange(OPTIONS);
  spot = exchange.urls('binance.spot').rest;
  usdm = exchange.urls('binance.usdm').rest;
});
afterAll(() => exchange.stop());

async function open(feed: string, path: string): Promise<SimClient> {
  const client = await SimClient.open(`${exchange.urls(feed).ws}${path}`);
  clients.push(client);
  return client;
}

type Levels = readonly (readonly [string, string])[];

/** A book as anybody would write it: prices to sizes. */
class NaiveBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply(bids: Levels, asks: Levels): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(Number(price));
        else side.set(Number(price), Number(size));
      }
    }
  }

  top() {
    const bid = Math.max(...this.bids.keys());
    const ask = Math.min(...this.asks.keys());
    return { bid, bidSize: this.bids.get(bid), ask, askSize: this.asks.get(ask) };
  }
}

describe('trades', () => {
  test('have ids that rise by one and times that never fall', async () => {
    const client = await open('binance.spot', '/stream');
    await client.subscribe('btcusdt@trade');
    const trades = await client.waitFor('btcusdt@trade', 60);
    for (let i = 1; i < trades.length; i += 1) {
      expect(trades[i].t).toBe(trades[i - 1].t + 1);
      expect(trades[i].T).toBeGreaterThanOrEqual(trades[i - 1].T);
    }
    for (const each of trades) expect(each.E).toBeGreaterThanOrEqual(each.T);
  });

  test('are the same at a twin exchange, and others with another seed', async () => {
    const path = '/api/v3/historicalTrades?symbol=ETHUSDT&limit=50&fromId=';
    const latest = await getJson(`${spot}/api/v3/trades?symbol=ETHUSDT&limit=1`);
    const fromId = latest.body[0].id - 1000;
    const [twin, other] = await Promise.all([
      startExchange(OPTIONS),
      startExchange({ ...OPTIONS, seed: 8 }),
    ]);
    const here = await getJson(`${spot}${path}${fromId}`);
    const there = await getJson(`${twin.urls('binance.spot').rest}${path}${fromId}`);
    const elsewhere = await getJson(`${other.urls('binance.spot').rest}${path}${fromId}`);
    expect(there.body).toEqual(here.body);
    expect(here.body).toHaveLength(50);
    expect(elsewhere.body).not.toEqual(here.body);
    await Promise.all([twin.stop(), other.stop()]);
  });

  test('stand in REST history as they were streamed, on every tape', async () => {
    const client = await open('binance.spot', '/stream?streams=ethusdt@trade/ethusdt@aggTrade');
    const market = await open('binance.usdm', '/market/stream?streams=ethusdt@aggTrade');
    const fills = await open('binance.usdm', '/public/stream?streams=ethusdt@trade');
    const trades = await client.waitFor('ethusdt@trade', 30);
    const first = trades[0].t;
    const { body } = await getJson(
      `${spot}/api/v3/historicalTrades?symbol=ETHUSDT&fromId=${first}&limit=30`,
    );
    expect(
      body.map((row: Record<string, unknown>) => [
        row.id,
        row.price,
        row.qty,
        row.time,
        row.isBuyerMaker,
      ]),
    ).toEqual(trades.slice(0, 30).map((t) => [t.t, t.p, t.q, t.T, t.m]));

    for (const [client_, url] of [
      [client, `${spot}/api/v3`],
      [market, `${usdm}/fapi/v1`],
    ] as const) {
      const aggregates = await client_.waitFor('ethusdt@aggTrade', 30);
      const page = await getJson(
        `${url}/aggTrades?symbol=ETHUSDT&fromId=${aggregates[0].a}&limit=30`,
      );
      const fields = (t: Record<string, unknown>) => [t.a, t.p, t.q, t.nq, t.f, t.l, t.T, t.m];
      expect(page.body.map(fields)).toEqual(aggregates.slice(0, 30).map(fields));
    }

    // An aggregate's fills are its ids f..l, and their sizes add up to its own.
    const halves = await fills.waitFor('ethusdt@trade', 60);
    const byId = new Map(halves.map((each) => [each.t, each]));
    const covered = market.of('ethusdt@aggTrade').filter((a) => byId.has(a.f) && byId.has(a.l));
    expect(covered.length).toBeGreaterThan(10);
    for (const a of covered) {
      expect(a.l).toBe(a.f + 1);
      const size = Number(byId.get(a.f).q) + Number(byId.get(a.l).q);
      expect(size).toBeCloseTo(Number(a.q), 6);
    }
  });

  test('sum up to the klines', async () => {
    const minuteMs = 60_000;
    const openMs = Math.floor(Date.now() / minuteMs - 2) * minuteMs;
    const { body } = await getJson(
      `${usdm}/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=${openMs}&limit=1`,
    );
    const row = body[0];
    let trades: { p: string; q: string; T: number; a: number }[] = [];
    let query = `startTime=${openMs}&endTime=${openMs + minuteMs - 1}`;
    for (;;) {
      const page = await getJson(`${usdm}/fapi/v1/aggTrades?symbol=BTCUSDT&${query}&limit=1000`);
      const inMinute = page.body.filter((t: { T: number }) => t.T < openMs + minuteMs);
      trades = trades.concat(inMinute);
      if (inMinute.length < 1000) break;
      query = `fromId=${(trades.at(-1)?.a ?? 0) + 1}`;
    }
    const prices = trades.map((t) => Number(t.p));
    expect(row[0]).toBe(openMs);
    expect(row[6]).toBe(openMs + minuteMs - 1);
    expect(row[8]).toBe(trades.length);
    expect(Number(row[1])).toBe(prices[0] as number);
    expect(Number(row[2])).toBe(Math.max(...prices));
    expect(Number(row[3])).toBe(Math.min(...prices));
    expect(Number(row[4])).toBe(prices.at(-1) as number);
    expect(Number(row[5])).toBeCloseTo(
      trades.reduce((sum, t) => sum + Number(t.q), 0),
      6,
    );
  });
});

describe('books', () => {
  test('follow the spot procedure and equal the quotes at common ids', async () => {
    const client = await open('binance.spot', '/stream');
    await client.subscribe('btcusdt@depth@100ms', 'btcusdt@bookTicker');
    await client.waitFor('btcusdt@depth@100ms', 2);
    const snapshot = (await getJson(`${spot}/api/v3/depth?symbol=BTCUSDT&limit=1000`)).body;
    await until('depth events beyond the snapshot', () => {
      const after = client.of('btcusdt@depth@100ms').filter((e) => e.u > snapshot.lastUpdateId);
      return after.length >= 15;
    });
    const quotes = new Map(client.of('btcusdt@bookTicker').map((q) => [q.u, q]));
    const book = new NaiveBook();
    book.apply(snapshot.bids, snapshot.asks);
    expect(book.bids.size).toBeGreaterThan(150);
    expect(book.asks.size).toBeGreaterThan(150);
    let bookId = snapshot.lastUpdateId;
    let isFirst = true;
    let compared = 0;
    for (const event of client.of('btcusdt@depth@100ms')) {
      if (event.u <= snapshot.lastUpdateId) continue;
      if (isFirst) expect(event.U).toBeLessThanOrEqual(bookId + 1);
      else expect(event.U).toBe(bookId + 1);
      isFirst = false;
      book.apply(event.b, event.a);
      bookId = event.u;
      const { bid, bidSize, ask, askSize } = book.top();
      expect(bid).toBeLessThan(ask);
      const quote = quotes.get(event.u);
      if (quote === undefined) continue;
      compared += 1;
      expect([bid, bidSize, ask, askSize]).toEqual(
        [quote.b, quote.B, quote.a, quote.A].map(Number),
      );
    }
    expect(compared).toBeGreaterThan(2);
  });

  test('follow the futures procedure and equal the quotes at common ids', async () => {
    const client = await open('binance.usdm', '/public/stream');
    await client.subscribe('ethusdt@depth@100ms', 'ethusdt@bookTicker');
    await client.waitFor('ethusdt@depth@100ms', 2);
    const snapshot = (await getJson(`${usdm}/fapi/v1/depth?symbol=ETHUSDT&limit=1000`)).body;
    await until('depth events beyond the snapshot', () => {
      const after = client.of('ethusdt@depth@100ms').filter((e) => e.u > snapshot.lastUpdateId);
      return after.length >= 15;
    });
    const quotes = new Map(client.of('ethusdt@bookTicker').map((q) => [q.u, q]));
    const book = new NaiveBook();
    book.apply(snapshot.bids, snapshot.asks);
    let previous = Number.NaN;
    let compared = 0;
    let jumps = 0;
    for (const event of client.of('ethusdt@depth@100ms')) {
      if (event.u < snapshot.lastUpdateId) continue;
      if (Number.isNaN(previous)) {
        expect(event.U).toBeLessThanOrEqual(snapshot.lastUpdateId);
      } else {
        expect(event.pu).toBe(previous);
        if (event.U > event.pu + 1) jumps += 1;
      }
      previous = event.u;
      book.apply(event.b, event.a);
      const quote = quotes.get(event.u);
      if (quote === undefined) continue;
      compared += 1;
      const { bid, bidSize, ask, askSize } = book.top();
      expect([bid, bidSize, ask, askSize]).toEqual(
        [quote.b, quote.B, quote.a, quote.A].map(Number),
      );
    }
    expect(compared).toBeGreaterThan(2);
    expect(jumps).toBeGreaterThan(10);
  });

  test('join at a snapshot taken at any moment, also for a client that has just come', async () => {
    for (let round = 0; round < 12; round += 1) {
      const client = await SimClient.open(`${exchange.urls('binance.usdm').ws}/public/stream`);
      await client.subscribe('btcusdt@depth@100ms');
      const { body } = await getJson(`${usdm}/fapi/v1/depth?symbol=BTCUSDT&limit=5`);
      const isJoined = () =>
        client
          .of('btcusdt@depth@100ms')
          .some((e) => e.U <= body.lastUpdateId && body.lastUpdateId <= e.u);
      await until('an event around the snapshot', isJoined);
      client.close();
    }
  });

  test('have trades at their best prices', async () => {
    const client = await open('binance.spot', '/stream?streams=ethusdt@trade/ethusdt@bookTicker');
    await client.waitFor('ethusdt@trade', 60);
    // A trade is followed by the quote of the book it was made in.
    let checked = 0;
    for (const [i, { stream, data }] of client.frames.entries()) {
      const next = client.frames[i + 1];
      if (stream !== 'ethusdt@trade' || next?.stream !== 'ethusdt@bookTicker') continue;
      expect(data.p).toBe(data.m ? next.data.b : next.data.a);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(40);
  });
});

test('sends the frames a second it was asked for', async () => {
  const client = await SimClient.open(`${exchange.urls('binance.spot').ws}/stream`);
  const market = await SimClient.open(`${exchange.urls('binance.usdm').ws}/market/stream`);
  const open_ = await SimClient.open(`${exchange.urls('binance.usdm').ws}/public/stream`);
  const kinds = (kind: string) => [`btcusdt@${kind}`, `ethusdt@${kind}`];
  const books = [...kinds('bookTicker'), ...kinds('depth@100ms')];
  await client.subscribe(...kinds('trade'), ...books);
  await market.subscribe(...kinds('aggTrade'));
  await open_.subscribe(...books);
  const count = () => client.frames.length + market.frames.length + open_.frames.length;
  await until('the first frames', () => count() > 100);
  const before = count();
  const startMs = performance.now();
  await until('two seconds of frames', () => performance.now() - startMs > 2_000);
  const perSecond = ((count() - before) * 1000) / (performance.now() - startMs);
  expect(perSecond).toBeGreaterThan(1200 * 0.85);
  expect(perSecond).toBeLessThan(1200 * 1.15);
  for (const each of [client, market, open_]) each.close();
});
