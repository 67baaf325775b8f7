import { describe, expect, test } from 'bun:test';
import { createProtocol, feed } from './bitget-protocol.ts';

const ids = () => {
  let next = 0;
  return () => {
    next += 1;
    return next;
  };
};

describe('streams', () => {
  test('of spot have no ticker: it says neither mark price nor funding', () => {
    const names = (id: 'bitget.spot' | 'bitget.usdt') =>
      createProtocol(id, ['BTC/USDT'])
        .streams()
        .map((each) => each.name);
    expect(names('bitget.spot')).toEqual(['trade.BTCUSDT', 'books1.BTCUSDT', 'books.BTCUSDT']);
    expect(names('bitget.usdt')).toEqual([
      'trade.BTCUSDT',
      'books1.BTCUSDT',
      'books.BTCUSDT',
      'ticker.BTCUSDT',
    ]);
  });
});

describe('subscribe frames', () => {
  test('name market, channel and symbol, five in a frame', () => {
    const protocol = createProtocol('bitget.usdt', feed('bitget.usdt').catalogue.slice(0, 12));
    const frames = protocol.subscribe(protocol.streams(), ids());
    expect(frames.map((each) => each.streams.length)).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 5, 3]);
    expect(frames.flatMap((each) => each.streams)).toEqual([...protocol.streams()]);
    expect(JSON.parse(frames[0]?.text ?? '')).toMatchObject({
      op: 'subscribe',
      args: [{ instType: 'USDT-FUTURES', channel: 'trade', instId: 'BTCUSDT' }, {}, {}, {}, {}],
    });
    const [undo] = protocol.unsubscribe(protocol.streams().slice(0, 1), ids());
    expect(JSON.parse(undo?.text ?? '')).toEqual({
      op: 'unsubscribe',
      args: [{ instType: 'USDT-FUTURES', channel: 'trade', instId: 'BTCUSDT' }],
    });
  });

  test('stay below the hour of 240, whether frames or streams count', () => {
    const { limits } = feed('bitget.spot');
    expect(limits.streamsPerConnection).toBeLessThan(50);
    expect((limits.requestsPerHour ?? 0) + limits.streamsPerConnection).toBeLessThanOrEqual(240);
  });

  test('the heartbeat is the text ping', () => {
    expect(createProtocol('bitget.spot').heartbeat()).toBe('ping');
    expect(feed('bitget.spot').limits.heartbeatUs).toBeLessThan(30_000_000);
  });
});
