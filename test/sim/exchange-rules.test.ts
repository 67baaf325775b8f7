/** What the embedded exchange holds its clients to, as the venues do. */
import { afterEach, describe, expect, test } from 'bun:test';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { startExchange } from '../../src/sim/exchange.ts';
import type { Exchange, ExchangeOptions } from '../../src/sim/exchange-options.ts';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { getJson, SimClient, until } from '../support/sim-client.ts';

const OPTIONS: ExchangeOptions = {
  seed: 3,
  rate: 400,
  instruments: [
    { feed: 'binance.spot', symbol: 'BTC/USDT' },
    { feed: 'binance.usdm', symbol: 'BTC/USDT' },
  ],
};

let exchange: Exchange | undefined;
afterEach(async () => {
  await exchange?.stop();
  exchange = undefined;
});

async function start(more: Partial<ExchangeOptions> = {}, clock?: Clock): Promise<Exchange> {
  exchange = await startExchange({ ...OPTIONS, ...more }, clock);
  return exchange;
}

function open(running: Exchange, feed: string, path: string): Promise<SimClient> {
  return SimClient.open(`${running.urls(feed).ws}${path}`);
}

/** The machine's clock, which the test can put forward. */
class SkippingClock implements Clock {
  skippedUs = 0;

  wallUs(): number {
    return systemClock.wallUs() + this.skippedUs;
  }

  monoUs(): number {
    return systemClock.monoUs() + this.skippedUs;
  }
}

describe('subscribing', () => {
  test('is acknowledged, listed, ended, and bad requests are told what is wrong', async () => {
    const client = await open(await start(), 'binance.usdm', '/public/stream');
    expect(await client.subscribe('btcusdt@bookTicker')).toEqual({ result: null, id: 1 });
    expect((await client.request('LIST_SUBSCRIPTIONS', [])).result).toEqual(['btcusdt@bookTicker']);
    await client.waitFor('btcusdt@bookTicker', 3);
    expect((await client.request('UNSUBSCRIBE', ['btcusdt@bookTicker'])).result).toBeNull();
    expect((await client.request('LIST_SUBSCRIPTIONS', [])).result).toEqual([]);
    expect((await client.request('SUBSCRIBE', 'btcusdt@trade')).code).toBe(2);
    expect((await client.request('JUMP', [])).msg).toStartWith('Invalid request');
    client.socket.send('{"method":');
    await until('an error without an id', () => client.answers.some((each) => each.code === 3));
  });

  test('on the wrong path, or to an unknown stream, is acknowledged and stays silent', async () => {
    const running = await start();
    const market = await open(running, 'binance.usdm', '/market/stream');
    const names = ['btcusdt@bookTicker', 'btcusdt@trade', 'nosuch@aggTrade', 'btcusdt@nosuch'];
    expect((await market.subscribe(...names)).result).toBeNull();
    await market.subscribe('btcusdt@aggTrade');
    await market.waitFor('btcusdt@aggTrade', 20);
    expect(new Set(market.frames.map((each) => each.stream))).toEqual(
      new Set(['btcusdt@aggTrade']),
    );
    const open_ = await open(running, 'binance.usdm', '/public/stream');
    await open_.subscribe('btcusdt@aggTrade', 'btcusdt@bookTicker');
    await open_.waitFor('btcusdt@bookTicker', 20);
    expect(open_.of('btcusdt@aggTrade')).toHaveLength(0);
  });

  test('on a raw endpoint brings bare payloads', async () => {
    const client = await open(await start(), 'binance.spot', '/ws/btcusdt@trade');
    await until('a trade', () => client.answers.length > 0);
    expect(client.answers[0].e).toBe('trade');
    await client.request('SET_PROPERTY', ['combined', true]);
    await client.waitFor('btcusdt@trade', 2);
  });

  test('brings only what happens from then on', async () => {
    const running = await start();
    const early = await open(running, 'binance.spot', '/stream?streams=btcusdt@trade');
    const before = (await early.waitFor('btcusdt@trade', 5)).at(-1).t;
    const late = await open(running, 'binance.spot', '/stream');
    await late.subscribe('btcusdt@trade');
    const [first] = await late.waitFor('btcusdt@trade', 1);
    expect(first.t).toBeGreaterThan(before);
  });

  test('ends at a path the venue does not have', async () => {
    const running = await start();
    const client = await open(running, 'binance.usdm', '/stream');
    await until('a refused upgrade', () => client.closed !== undefined);
    expect((await fetch(`http://127.0.0.1:${running.port}/nosuch.feed/x`)).status).toBe(404);
  });
});

describe('limits', () => {
  test('close a connection that sends more frames a second than allowed', async () => {
    const client = await open(await start(), 'binance.spot', '/stream');
    for (let id = 1; id <= 6; id += 1) {
      client.socket.send(`{"method":"LIST_SUBSCRIPTIONS","id":${id}}`);
    }
    await until('the close', () => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1008, reason: 'Too many requests' });
    expect(client.answers).toHaveLength(5);
  });

  test('count answers to pings among the frames', async () => {
    const client = await open(await start({ pingEveryMs: 20 }), 'binance.spot', '/stream');
    await until('the close', () => client.closed !== undefined);
    expect(client.closed?.code).toBe(1008);
  });

  test('close a connection that does not answer pings', async () => {
    const clock = new SkippingClock();
    const running = await start({}, clock);
    let received = '';
    let isClosed = false;
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: running.port,
      socket: {
        data: (_, bytes) => {
          received += bytes.toString('latin1');
        },
        close: () => {
          isClosed = true;
        },
      },
    });
    socket.write(
      'GET /binance.spot/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await until('the upgrade', () => received.includes('101'));
    clock.skippedUs += 21e6;
    await until('a ping', () => received.includes('\x89'));
    clock.skippedUs += 61e6;
    await until('the close frame', () => received.includes('no pong'));
    socket.end();
    await until('the end', () => isClosed);
  });

  test('end a connection at its age, after a notice on spot', async () => {
    const clock = new SkippingClock();
    const running = await start({}, clock);
    const client = await open(running, 'binance.spot', '/stream');
    clock.skippedUs += (24 * 3600 - 10) * 1e6;
    await client.waitFor('!serverShutdown', 1);
    expect(client.closed).toBeUndefined();
    clock.skippedUs += 11e6;
    await until('the close', () => client.closed !== undefined);
    expect(client.closed?.code).toBe(1001);
  });

  test('refuse REST beyond the budget until the minute is over', async () => {
    const clock = new SkippingClock();
    const running = await start({ restWeightPerMinute: 100 }, clock);
    const { rest } = running.urls('binance.spot');
    const url = `${rest}/api/v3/historicalTrades?symbol=BTCUSDT&limit=1`;
    // From the start of a minute, so that it does not end in between.
    clock.skippedUs += 60e6 - (clock.wallUs() % 60e6) + 1000;
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await getJson(url));
    expect(answers.map((each) => each.status)).toEqual([200, 200, 200, 200, 429]);
    expect(answers[3]?.headers.get('x-mbx-used-weight-1m')).toBe('100');
    const refusal = answers[4];
    expect(refusal?.body.code).toBe(-1003);
    const retryAfter = Number(refusal?.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
    clock.skippedUs += retryAfter * 1e6;
    expect((await getJson(url)).status).toBe(200);
    expect((await running.stats()).restRefusals).toBe(1);
  });
});

describe('REST', () => {
  test('lists at least twenty markets a feed, with steps and the budget', async () => {
    const running = await start({ rate: 2500 });
    const info = await getJson(`${running.urls('binance.spot').rest}/api/v3/exchangeInfo`);
    expect(info.body.symbols.length).toBeGreaterThanOrEqual(20);
    const btc = info.body.symbols.find((each: { symbol: string }) => each.symbol === 'BTCUSDT');
    expect(btc.filters[0].tickSize).toBe('0.01000000');
    expect(btc.filters[1].stepSize).toBe('0.00001000');
    // Ten times the rate the venue's own budget is meant for.
    expect(info.body.rateLimits[0].limit).toBe(60_000);
    const usdm = await getJson(`${running.urls('binance.usdm').rest}/fapi/v1/exchangeInfo`);
    const perp = usdm.body.symbols.find((each: { symbol: string }) => each.symbol === 'BTCUSDT');
    expect(perp.contractType).toBe('PERPETUAL');
  });

  test('answers mistakes with the venue’s codes', async () => {
    const running = await start();
    const spot = running.urls('binance.spot').rest;
    const usdm = running.urls('binance.usdm').rest;
    const codes: unknown[] = [];
    for (const url of [
      `${spot}/api/v3/depth?symbol=NOSUCH`,
      `${spot}/api/v3/depth`,
      `${spot}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=x`,
      `${usdm}/fapi/v1/historicalTrades?symbol=BTCUSDT`,
      `${usdm}/fapi/v1/nosuch`,
    ]) {
      const { status, body } = await getJson(url);
      expect(status).toBeGreaterThanOrEqual(400);
      codes.push(body.code);
    }
    expect(codes).toEqual([-1121, -1102, -1100, -2014, -1]);
  });

  test('has futures aggregates of the last 24 hours only', async () => {
    const running = await start();
    const url = `${running.urls('binance.usdm').rest}/fapi/v1/aggTrades?symbol=BTCUSDT`;
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    const recent = await getJson(`${url}&startTime=${Math.floor(hoursAgo(23))}&limit=10`);
    expect(recent.body).toHaveLength(10);
    const old = await getJson(`${url}&startTime=${Math.floor(hoursAgo(25))}&limit=10`);
    expect(old.status).toBe(400);
    const spot = `${running.urls('binance.spot').rest}/api/v3/aggTrades?symbol=BTCUSDT`;
    const ancient = await getJson(`${spot}&startTime=${Math.floor(hoursAgo(2400))}&limit=10`);
    expect(ancient.body).toHaveLength(10);
  });
});

describe('options', () => {
  test.each([
    [{ rate: 0 }, 'rate'],
    [{ seed: -1 }, 'seed'],
    [{ feeds: ['nosuch.spot'] }, 'nosuch.spot'],
    [{ faults: 'dorp=0.1' }, 'dorp'],
    [{ instruments: [{ feed: 'binance.spot', symbol: 'NO/SUCH' }] }, 'NO/SUCH'],
  ])('%p are refused by name, in a thread too', async (bad, name) => {
    const options = { ...OPTIONS, ...bad };
    for (const started of [startExchange(options), startExchangeThread(options)]) {
      const error = await started.then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error?.name).toBe('UsageError');
      expect(error?.message).toContain(name);
    }
  });

  test('name a port that is taken', async () => {
    const running = await start();
    const second = startExchange({ ...OPTIONS, port: running.port });
    await expect(second).rejects.toThrow(String(running.port));
  });

  test('hold in a thread of its own', async () => {
    exchange = await startExchangeThread(OPTIONS);
    const client = await open(exchange, 'binance.spot', '/stream?streams=btcusdt@trade');
    await client.waitFor('btcusdt@trade', 5);
    expect((await exchange.stats()).connections).toBe(1);
    await exchange.stop();
    await until('the close', () => client.closed !== undefined);
  });
});
