import { describe, expect, test } from 'bun:test';
import { ARGS_MAX } from '../../../../src/venues/bybit/subscribe.ts';
import { NAME_LENGTH_MAX } from '../../../../src/venues/bybit/symbols.ts';
import { createProtocol, feed } from './bybit-protocol.ts';

const ids = () => {
  let next = 0;
  return () => {
    next += 1;
    return next;
  };
};

describe('streams', () => {
  test('of spot have no tickers and no liquidations', () => {
    const names = (id: 'bybit.spot' | 'bybit.linear') =>
      createProtocol(id, ['BTC/USDT'])
        .streams()
        .map((each) => each.name);
    const common = ['publicTrade.BTCUSDT', 'orderbook.1.BTCUSDT', 'orderbook.200.BTCUSDT'];
    expect(names('bybit.spot')).toEqual(common);
    expect(names('bybit.linear')).toEqual([...common, 'tickers.BTCUSDT', 'allLiquidation.BTCUSDT']);
  });

  test('have one endpoint a category', () => {
    const url = (id: 'bybit.spot' | 'bybit.linear') => createProtocol(id).connectUrl('public');
    expect(url('bybit.spot')).toBe('wss://stream.bybit.com/v5/public/spot');
    expect(url('bybit.linear')).toBe('wss://stream.bybit.com/v5/public/linear');
  });

  test('of a full connection stay below 21,000 characters of arguments', () => {
    const longest = 'allLiquidation.'.length + NAME_LENGTH_MAX + '"",'.length;
    expect(longest * feed('bybit.linear').limits.streamsPerConnection).toBeLessThan(21_000);
  });
});

describe('subscribe frames', () => {
  test('have at most ten arguments and every stream once, in order', () => {
    const protocol = createProtocol('bybit.spot', feed('bybit.spot').catalogue.slice(0, 20));
    const frames = protocol.subscribe(protocol.streams(), ids());
    expect(frames.map((each) => each.streams.length)).toEqual([10, 10, 10, 10, 10, 10]);
    for (const [i, frame] of frames.entries()) {
      const { req_id, op, args } = JSON.parse(frame.text);
      expect({ req_id, op }).toEqual({ req_id: String(i + 1), op: 'subscribe' });
      expect(args).toEqual(frame.streams.map((each) => each.name));
      expect(args.length).toBeLessThanOrEqual(ARGS_MAX);
    }
    expect(frames.flatMap((each) => each.streams)).toEqual([...protocol.streams()]);
  });

  test('undo with the same names', () => {
    const protocol = createProtocol('bybit.spot', ['BTC/USDT']);
    const [frame] = protocol.unsubscribe(protocol.streams().slice(2), ids());
    expect(JSON.parse(frame?.text ?? '')).toEqual({
      req_id: '1',
      op: 'unsubscribe',
      args: ['orderbook.200.BTCUSDT'],
    });
  });

  test('are none for no streams; the heartbeat is a ping in JSON', () => {
    const protocol = createProtocol('bybit.spot');
    expect(protocol.subscribe([], ids())).toEqual([]);
    expect(JSON.parse(protocol.heartbeat() ?? '')).toMatchObject({ op: 'ping' });
    expect(feed('bybit.spot').limits.heartbeatUs).toBe(20_000_000);
  });
});
