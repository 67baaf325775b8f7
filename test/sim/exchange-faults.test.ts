/** Every fault the embedded exchange is told to inject really comes, and is counted. */
import { afterEach, describe, expect, test } from 'bun:test';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { startExchange } from '../../src/sim/exchange.ts';
import type { Exchange } from '../../src/sim/exchange-options.ts';
import type { FaultKind } from '../../src/sim/fault-plan.ts';
import { getJson, SimClient, until } from '../support/sim-client.ts';

const STREAM = 'btcusdt@trade';
const FRAMES = 300;

let exchange: Exchange | undefined;
const clock = new (class implements Clock {
  skippedUs = 0;
  wallUs = () => systemClock.wallUs() + this.skippedUs;
  monoUs = () => systemClock.monoUs() + this.skippedUs;
})();

afterEach(async () => {
  await exchange?.stop();
  exchange = undefined;
});

async function start(faults: string, rate = 1500): Promise<Exchange> {
  exchange = await startExchange(
    { seed: 11, rate, faults, instruments: [{ feed: 'binance.spot', symbol: 'BTC/USDT' }] },
    clock,
  );
  return exchange;
}

async function subscribe(running: Exchange, ...streams: string[]): Promise<SimClient> {
  const client = await SimClient.open(`${running.urls('binance.spot').ws}/stream`);
  await client.subscribe(...streams);
  return client;
}

async function count(running: Exchange, kind: FaultKind): Promise<number> {
  return (await running.stats()).faults[kind];
}

interface IdStory {
  readonly missing: number;
  readonly repeated: number;
  readonly late: number;
}

function storyOf(ids: readonly number[]): IdStory {
  const seen = new Set<number>();
  let highest = -1;
  let repeated = 0;
  let late = 0;
  for (const id of ids) {
    if (seen.has(id)) repeated += 1;
    else if (id < highest) late += 1;
    seen.add(id);
    highest = Math.max(highest, id);
  }
  const lowest = Math.min(...ids);
  return { missing: highest - lowest + 1 - seen.size, repeated, late };
}

async function idsUnder(faults: string): Promise<IdStory & { counted: number }> {
  const running = await start(faults);
  const client = await subscribe(running, STREAM);
  const trades = await client.waitFor(STREAM, FRAMES);
  const counted = await count(running, faults.split('=')[0] as FaultKind);
  return { ...storyOf(trades.map((each) => each.t)), counted };
}

describe('a fault', () => {
  test('is not there when none was asked for', async () => {
    const running = await start('none');
    const client = await subscribe(running, STREAM);
    const story = storyOf((await client.waitFor(STREAM, FRAMES)).map((each) => each.t));
    expect(story).toEqual({ missing: 0, repeated: 0, late: 0 });
    const { faults } = await running.stats();
    expect(Object.values(faults).every((each) => each === 0)).toBe(true);
  });

  test('drop: frames are missing and nothing else', async () => {
    const { missing, repeated, late, counted } = await idsUnder('drop=0.1');
    expect(missing).toBeGreaterThan(5);
    expect(missing).toBeLessThanOrEqual(counted);
    expect([repeated, late]).toEqual([0, 0]);
  });

  test('duplicate: frames come twice', async () => {
    const { missing, repeated, late, counted } = await idsUnder('duplicate=0.1');
    expect(repeated).toBeGreaterThan(5);
    expect(repeated).toBeLessThanOrEqual(counted);
    expect([missing, late]).toEqual([0, 0]);
  });

  test('reorder: frames change places with the next one', async () => {
    const { missing, repeated, late, counted } = await idsUnder('reorder=0.1');
    expect(late).toBeGreaterThan(5);
    expect(late).toBeLessThanOrEqual(counted + 1);
    expect(missing).toBeLessThanOrEqual(1);
    expect(repeated).toBe(0);
  });

  test('delay: frames come later, none is lost', async () => {
    const running = await start('delay=0.1');
    const client = await subscribe(running, STREAM);
    const first = (await client.waitFor(STREAM, FRAMES)).map((each) => each.t);
    expect(storyOf(first).late).toBeGreaterThan(5);
    const lowest = Math.min(...first);
    const highest = Math.max(...first);
    await until('the held frames', () => {
      const ids = new Set(client.of(STREAM).map((each) => each.t));
      for (let id = lowest; id <= highest; id += 1) if (!ids.has(id)) return false;
      return true;
    });
    expect(await count(running, 'delay')).toBeGreaterThan(5);
  });

  test('malformed: broken frames stand in place of good ones', async () => {
    const running = await start('malformed=0.2');
    const client = await subscribe(running, STREAM);
    await client.waitFor(STREAM, FRAMES);
    expect(client.garbage.length).toBeGreaterThan(10);
    expect(await count(running, 'malformed')).toBeGreaterThan(client.garbage.length - 1);
  });

  test('disconnect: the connection ends, abruptly or with a code', async () => {
    const running = await start('disconnect=30ms');
    const codes = new Set<number>();
    for (let i = 0; i < 60 && codes.size < 2; i += 1) {
      const client = await SimClient.open(`${running.urls('binance.spot').ws}/stream`);
      await until('the end', () => client.closed !== undefined);
      codes.add(client.closed?.code ?? 0);
    }
    expect(codes).toEqual(new Set([1001, 1006]));
    expect(await count(running, 'disconnect')).toBeGreaterThanOrEqual(codes.size);
  });

  test('stall: one stream falls silent, the others flow, subscribing anew cures it', async () => {
    const names = [STREAM, 'btcusdt@bookTicker'];
    const running = await start('stall=1m');
    const client = await subscribe(running, ...names);
    for (const name of names) await client.waitFor(name, 10);
    // Far beyond the mean interval: it must have come.
    clock.skippedUs += 60 * 60e6;
    await until('a stall', async () => (await count(running, 'stall')) > 0);
    const counts = () => names.map((name) => client.of(name).length);
    // Its answer comes behind all that was sent before.
    await client.request('LIST_SUBSCRIPTIONS', []);
    const before = counts();
    await until('frames of the stream that flows', () =>
      counts().some((each, i) => each > (before[i] as number) + 60),
    );
    const flowing = counts().findIndex((each, i) => each > (before[i] as number) + 60);
    const silent = names[1 - flowing] as string;
    const reached = client.of(silent).length;
    expect(reached - (before[1 - flowing] as number)).toBeLessThan(5);
    await client.request('UNSUBSCRIBE', [silent]);
    await client.subscribe(silent);
    await client.waitFor(silent, reached + 10);
  });

  test('rest429: requests are refused with a second to wait', async () => {
    const running = await start('rest429=0.5');
    const url = `${running.urls('binance.spot').rest}/api/v3/time`;
    const answers = await Promise.all(Array.from({ length: 40 }, () => getJson(url)));
    const refused = answers.filter((each) => each.status === 429);
    expect(refused.length).toBe(await count(running, 'rest429'));
    expect(refused.length).toBeGreaterThan(8);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });

  test('stalebook: a snapshot is one given out before', async () => {
    const running = await start('stalebook=0.5');
    const url = `${running.urls('binance.spot').rest}/api/v3/depth?symbol=BTCUSDT&limit=5`;
    let previous = -1;
    let stale = 0;
    for (let i = 0; i < 30; i += 1) {
      const { body } = await getJson(url);
      expect(body.lastUpdateId).toBeGreaterThanOrEqual(previous);
      if (body.lastUpdateId === previous) stale += 1;
      previous = body.lastUpdateId;
    }
    expect(stale).toBeGreaterThan(5);
    expect(stale).toBe(await count(running, 'stalebook'));
  });

  test('ack: an answer never comes, the stream does', async () => {
    const running = await start('ack=1');
    const client = await SimClient.open(`${running.urls('binance.spot').ws}/stream`);
    client.socket.send(`{"method":"SUBSCRIBE","params":["${STREAM}"],"id":1}`);
    await client.waitFor(STREAM, 5);
    expect(client.answers).toHaveLength(0);
    expect(await count(running, 'ack')).toBe(1);
  });

  test('strikes data, never answers, unless told to', async () => {
    const running = await start('drop=1');
    const client = await subscribe(running, STREAM);
    for (let i = 0; i < 3; i += 1) {
      expect((await client.request('LIST_SUBSCRIPTIONS', [])).result).toEqual([STREAM]);
    }
    await until('dropped frames', async () => (await count(running, 'drop')) >= 20);
    expect(client.frames).toHaveLength(0);
  });
});
