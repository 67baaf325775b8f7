import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../../src/base/prng.ts';
import type { FeedLimits, FeedProtocol, Stream } from '../../../../src/venues/contract.ts';
import { ConnectionPool } from '../../../../src/venues/kit/connection-pool.ts';

const T0 = 1_700_000_000_000_000;
const SECOND = 1_000_000;

const LIMITS: FeedLimits = {
  streamsPerConnection: 2,
  framesPerSecond: 4,
  connectsPer5Minutes: 10,
  connectionLifeUs: 1_000 * SECOND,
  restWeightPerMinute: 100,
  heartbeatUs: Number.POSITIVE_INFINITY,
};

function stream(name: string, route = 'stream'): Stream {
  return { name, instrument: 0, channel: 'trades', route };
}

/** `isTerse`: a frame a stream, answered to the stream's first letter and its last. */
function createPool(streams: readonly Stream[], limits: Partial<FeedLimits> = {}, isTerse = false) {
  const events: string[] = [];
  let lastRequest = 0;
  const frames = (list: readonly Stream[], nextId: () => number, verb: string) => {
    if (isTerse) {
      return list.map((each) => {
        const answeredTo = [each.name.slice(0, 1), each.name.slice(-1)];
        const text = `${verb} ${each.name}`;
        return { requestId: nextId(), text, answeredTo, streams: [each] };
      });
    }
    lastRequest = nextId();
    const names = list.map((s) => s.name).join(',');
    return [{ requestId: lastRequest, text: `${verb} ${names}`, streams: list }];
  };
  const protocol = {
    streams: () => streams,
    connectUrl: (route: string) => `ws://venue/${route}`,
    subscribe: (list: readonly Stream[], nextId: () => number) => frames(list, nextId, 'sub'),
    unsubscribe: (list: readonly Stream[], nextId: () => number) => frames(list, nextId, 'unsub'),
    heartbeat: () => 'ping',
  } as unknown as FeedProtocol;
  const names = (list: readonly Stream[]) => list.map((s) => s.name).join(',');
  const pool = new ConnectionPool(protocol, { ...LIMITS, ...limits }, new Prng(1), {
    open: (connection, url) => events.push(`open ${connection} ${url}`),
    close: (connection, _code, reason) => events.push(`close ${connection} ${reason}`),
    send: (connection, text) => events.push(`send ${connection} ${text}`),
    streamsLive: (list) => events.push(`live ${names(list)}`),
    streamsDown: (list, _nowUs, cause) => events.push(`down ${names(list)} (${cause})`),
    streamsRefused: (list, _nowUs, error) => events.push(`refused ${names(list)} (${error})`),
  });
  const take = () => events.splice(0);
  const bringUp = (connection: number, nowUs: number) => {
    pool.onOpen(connection, nowUs);
    pool.onAck(connection, lastRequest, undefined, nowUs);
  };
  return { pool, take, bringUp, request: () => lastRequest };
}

describe('connection pool', () => {
  test('splits streams by route and by the venue limit, and subscribes when open', () => {
    const streams = [stream('a'), stream('b'), stream('c'), stream('m', 'market')];
    const { pool, take } = createPool(streams);
    pool.onTick(T0);
    expect(take()).toEqual([
      'open 0 ws://venue/stream',
      'open 1 ws://venue/stream',
      'open 2 ws://venue/market',
    ]);
    pool.onOpen(1, T0 + 5);
    expect(take()).toEqual(['send 1 sub c']);
  });

  test('data counts as live from the acknowledgement on', () => {
    const { pool, take, bringUp } = createPool([stream('a')]);
    pool.onTick(T0);
    bringUp(0, T0);
    expect(take()).toContain('live a');
  });

  test('a refusal names the streams', () => {
    const { pool, take, request } = createPool([stream('a')]);
    pool.onTick(T0);
    pool.onOpen(0, T0);
    pool.onAck(0, request(), 'Invalid symbol', T0);
    expect(take()).toContain('refused a (Invalid symbol)');
  });

  test('answers that name no request are taken in the order of the requests', () => {
    const streams = [stream('deal-x'), stream('deal-y'), stream('book-x'), stream('deal-z')];
    const { pool, take } = createPool(streams, { streamsPerConnection: 3 }, true);
    pool.onTick(T0);
    pool.onOpen(0, T0);
    pool.onOpen(1, T0);
    take();
    pool.onAckInOrder(0, 'b', undefined, T0);
    pool.onAckInOrder(0, 'd', undefined, T0);
    pool.onAckInOrder(0, 'y', 'no such thing', T0);
    // Nothing is left that it could answer there; the other connection has its own order.
    pool.onAckInOrder(0, 'd', undefined, T0);
    pool.onAckInOrder(1, 'd', undefined, T0);
    expect(take()).toEqual([
      'live book-x',
      'live deal-x',
      'refused deal-y (no such thing)',
      'live deal-z',
    ]);
  });

  test('a refusal of several streams asks for each alone, and only the wrong one is named', () => {
    const { pool, take, request } = createPool([stream('a'), stream('b')]);
    pool.onTick(T0);
    pool.onOpen(0, T0);
    const both = request();
    take();
    pool.onAck(0, both, 'Invalid symbol', T0);
    pool.onTick(T0 + SECOND);
    expect(take().filter((each) => !each.startsWith('live'))).toEqual([
      'send 0 sub a',
      'send 0 sub b',
    ]);
    pool.onAck(0, both + 1, undefined, T0 + SECOND);
    pool.onAck(0, both + 2, 'Invalid symbol', T0 + SECOND);
    expect(take()).toEqual(['live a', 'refused b (Invalid symbol)']);
  });

  test('reconnects with growing waits that are capped, and never gives up', () => {
    const { pool, take } = createPool([stream('a')], { connectsPer5Minutes: 1000 });
    let nowUs = T0;
    const waits: number[] = [];
    for (let id = 0; id < 40; id += 1) {
      const startUs = nowUs;
      while (!take().some((e) => e.startsWith('open'))) {
        nowUs += 50_000;
        pool.onTick(nowUs);
      }
      waits.push(nowUs - startUs);
      pool.onClose(id, 1006, 'refused', nowUs);
    }
    expect(waits[2]).toBeLessThan(3 * SECOND);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30.1 * SECOND);
    expect(Math.min(...waits.slice(-5))).toBeGreaterThan(10 * SECOND);
  });

  test('respects the budget of connection attempts', () => {
    const { pool, take } = createPool([stream('a')], { connectsPer5Minutes: 3 });
    let opens = 0;
    for (let nowUs = T0; nowUs < T0 + 290 * SECOND; nowUs += SECOND) {
      pool.onTick(nowUs);
      for (const event of take()) {
        if (!event.startsWith('open')) continue;
        pool.onClose(opens, 1006, '', nowUs);
        opens += 1;
      }
    }
    expect(opens).toBe(3);
  });

  test('a lost connection brings its acknowledged streams down once', () => {
    const { pool, take, bringUp } = createPool([stream('a'), stream('b')]);
    pool.onTick(T0);
    bringUp(0, T0);
    take();
    pool.onClose(0, 1006, 'reset', T0 + SECOND);
    pool.onClose(0, 1006, 'reset', T0 + SECOND);
    expect(take()).toEqual(['down a,b (close 1006 reset)']);
  });

  test('rollover overlaps two sockets and brings nothing down', () => {
    const { pool, take, bringUp } = createPool([stream('a')]);
    pool.onTick(T0);
    bringUp(0, T0);
    take();
    let nowUs = T0;
    while (!take().some((e) => e.startsWith('open 1'))) {
      nowUs += SECOND;
      pool.onFrame(0, nowUs);
      pool.onTick(nowUs);
    }
    expect(nowUs - T0).toBeLessThan(1_000 * SECOND);
    bringUp(1, nowUs);
    pool.onTick(nowUs + 2 * SECOND);
    expect(take()).toEqual(['send 1 sub a', 'live a', 'close 0 rollover']);
    pool.onClose(0, 1000, 'rollover', nowUs + 2 * SECOND);
    expect(take()).toEqual([]);
  });

  test('when the old socket dies during a rollover the new one takes over', () => {
    const { pool, take, bringUp } = createPool([stream('a')]);
    pool.onTick(T0);
    bringUp(0, T0);
    pool.onShutdownNotice(0, T0 + SECOND);
    pool.onTick(T0 + SECOND);
    bringUp(1, T0 + SECOND);
    take();
    pool.onClose(0, 1006, '', T0 + 1.5 * SECOND);
    expect(take()).toEqual([]);
    pool.onTick(T0 + 3 * SECOND);
    expect(take()).toEqual([]);
  });

  test('keeps to the frames a second of the venue', () => {
    const streams = [stream('a')];
    const { pool, take } = createPool(streams, { framesPerSecond: 2 });
    pool.onTick(T0);
    pool.onOpen(0, T0);
    for (let i = 0; i < 5; i += 1) pool.resubscribe(streams[0] as Stream);
    take();
    let sent = 0;
    for (let nowUs = T0; nowUs < T0 + 3 * SECOND; nowUs += 100_000) {
      pool.onTick(nowUs);
      sent += take().filter((e) => e.startsWith('send')).length;
    }
    expect(sent).toBeLessThanOrEqual(8);
    expect(sent).toBeGreaterThanOrEqual(6);
  });

  test('a connection that carries nothing, not even an acknowledgement, is replaced', () => {
    const { pool, take, bringUp } = createPool([stream('a')]);
    pool.onTick(T0);
    bringUp(0, T0);
    take();
    pool.onTick(T0 + 151 * SECOND);
    expect(take()).toEqual(['close 0 silent connection', 'down a (close 1006 silent connection)']);
  });

  test('an acknowledgement that never comes is asked for again', () => {
    const { pool, take } = createPool([stream('a')]);
    pool.onTick(T0);
    pool.onOpen(0, T0);
    take();
    pool.onTick(T0 + 11 * SECOND);
    expect(take()).toEqual(['send 0 sub a']);
  });

  test('asks again only for what was neither acknowledged nor refused by name', () => {
    const { pool, take } = createPool([stream('a'), stream('b'), stream('c')], {
      streamsPerConnection: 3,
    });
    pool.onTick(T0);
    pool.onOpen(0, T0);
    pool.onStreamAck(0, 'a', 'no such market', T0);
    pool.onStreamAck(0, 'b', undefined, T0);
    take();
    pool.onTick(T0 + 11 * SECOND);
    expect(take()).toEqual(['send 0 sub c']);
    pool.onStreamAck(0, 'c', undefined, T0 + 11 * SECOND);
    take();
    pool.onTick(T0 + 22 * SECOND);
    expect(take()).toEqual([]);
  });

  test('keeps to the requests an hour and the attempts a second of the venue', () => {
    const streams = [stream('a'), stream('b', 'r1'), stream('c', 'r2')];
    const { pool, take } = createPool(streams, { requestsPerHour: 4, connectsPerSecond: 2 });
    pool.onTick(T0);
    expect(take()).toHaveLength(2);
    pool.onTick(T0 + 900_000);
    expect(take()).toEqual([]);
    pool.onTick(T0 + SECOND);
    expect(take()).toEqual(['open 2 ws://venue/r2']);
    pool.onOpen(0, T0 + SECOND);
    for (let i = 0; i < 5; i += 1) pool.resubscribe(streams[0] as Stream);
    let sent = 0;
    const run = (untilUs: number) => {
      for (let nowUs = T0 + SECOND; nowUs < untilUs; nowUs += 500_000) {
        pool.onFrame(0, nowUs);
        pool.onStreamAck(0, 'a', undefined, nowUs);
        pool.onTick(nowUs);
        sent += take().filter((each) => each.startsWith('send 0')).length;
      }
    };
    run(T0 + 120 * SECOND);
    expect(sent).toBe(4);
  });

  test('where the venue answers heartbeats, missing two of them ends the connection', () => {
    const { pool, take, bringUp } = createPool([stream('a')], { heartbeatUs: 20 * SECOND });
    pool.onTick(T0);
    bringUp(0, T0);
    take();
    pool.onTick(T0 + 20 * SECOND);
    pool.onTick(T0 + 40 * SECOND);
    expect(take()).toEqual(['send 0 ping', 'send 0 ping']);
    pool.onTick(T0 + 51 * SECOND);
    expect(take()[0]).toBe('close 0 silent connection');
  });

  test('stopping unsubscribes and opens nothing more', () => {
    const { pool, take, bringUp } = createPool([stream('a'), stream('b'), stream('c')]);
    pool.onTick(T0);
    bringUp(0, T0);
    take();
    pool.stop(T0 + SECOND);
    expect(take()).toEqual(['send 0 unsub a,b', 'close 1 stopping']);
    pool.onClose(0, 1006, '', T0 + SECOND);
    pool.onTick(T0 + 100 * SECOND);
    expect(take().filter((e) => e.startsWith('open'))).toEqual([]);
  });
});
