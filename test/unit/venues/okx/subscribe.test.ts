import { describe, expect, test } from 'bun:test';
import { FRAME_LENGTH_MAX } from '../../../../src/venues/okx/subscribe.ts';
import {
  acked,
  CHANNELS,
  createProtocol,
  DATED,
  FEED,
  hear,
  INVERSE,
  SPOT,
  SWAP,
} from './okx-protocol.ts';

const counter = () => {
  let id = 0;
  return () => {
    id += 1;
    return id;
  };
};

describe('streams of OKX', () => {
  test('the full tape is on the other endpoint, merged trades on the same one', () => {
    const endpoints = (tape: 'trade' | 'aggTrade') => {
      const protocol = createProtocol({ names: [SPOT], channels: ['trades', 'book'], tape });
      return protocol.streams().map(({ name, route }) => [name, protocol.connectUrl(route)]);
    };
    const base = 'wss://ws.okx.com:8443/ws/v5';
    expect(endpoints('trade')).toEqual([
      ['trades-all:BTC-USDT', `${base}/business`],
      ['books:BTC-USDT', `${base}/public`],
    ]);
    expect(endpoints('aggTrade')[0]).toEqual(['trades:BTC-USDT', `${base}/public`]);
  });

  test('derivatives have ticks and liquidations, spot has none, dated ones no funding', () => {
    const names = (name: string) =>
      createProtocol({ names: [name], channels: ['derivative', 'liquidations'] })
        .streams()
        .map((stream) => stream.name.split(':')[0]);
    const ticks = ['mark-price', 'index-tickers', 'open-interest'];
    expect(names(SPOT)).toEqual([]);
    expect(names(DATED)).toEqual([...ticks, 'liquidation-orders']);
    expect(names(INVERSE)).toEqual([...ticks, 'funding-rate', 'liquidation-orders']);
  });

  test('names are unique, and no connection has more than 30 books', () => {
    const names = Array.from({ length: 90 }, (_, i) => `C${i}-USDT-SWAP`);
    const streams = createProtocol({ names, hasSizes: false }).streams();
    expect(new Set(streams.map(({ name }) => name)).size).toBe(streams.length);
    const books = new Map<string, number>();
    for (const { channel, route } of streams) {
      if (channel === 'book') books.set(route, (books.get(route) ?? 0) + 1);
    }
    expect(Math.max(...books.values())).toBeLessThan(30);
    // Liquidations of all instruments come in one subscription: on one connection.
    const routes = streams.filter((each) => each.channel === 'liquidations').map((s) => s.route);
    expect(new Set(routes).size).toBe(1);
  });

  test('arguments that streams share are sent once and answered for all', () => {
    const protocol = createProtocol({ names: [SWAP, DATED], channels: ['derivative'] });
    const [frame, ...others] = protocol.subscribe(protocol.streams(), counter());
    expect(others).toEqual([]);
    const { id, op, args } = JSON.parse(frame?.text ?? '');
    expect({ id, op }).toEqual({ id: '1', op: 'subscribe' });
    const indices = args.filter((each: { channel: string }) => each.channel === 'index-tickers');
    expect(indices).toEqual([{ channel: 'index-tickers', instId: 'BTC-USDT' }]);
    expect(args).toHaveLength(protocol.streams().length - 1);
    const { messages } = hear(protocol, acked('index-tickers', { instId: 'BTC-USDT' }));
    expect(messages.map((each) => each.streamName)).toEqual([
      'index-tickers:BTC-USDT-SWAP',
      'index-tickers:BTC-USDT-260925',
    ]);
  });

  test('frames stay within their length, and each stream is in one of them', () => {
    const names = Array.from({ length: 80 }, (_, i) => `COIN${i}-USDT-SWAP`);
    const protocol = createProtocol({ names, channels: CHANNELS, hasSizes: false });
    const frames = protocol.subscribe(protocol.streams(), counter());
    expect(frames.length).toBeGreaterThan(1);
    for (const { text, requestId } of frames) {
      expect(text.length).toBeLessThanOrEqual(FRAME_LENGTH_MAX);
      expect(JSON.parse(text).id).toBe(String(requestId));
    }
    expect(frames.flatMap(({ streams }) => streams)).toEqual([...protocol.streams()]);
  });

  test('unsubscribes one stream by its argument', () => {
    const protocol = createProtocol({ names: [SPOT], channels: ['book'] });
    const [frame] = protocol.unsubscribe(protocol.streams(), counter());
    const args = [{ channel: 'books', instId: SPOT }];
    expect(JSON.parse(frame?.text ?? '')).toEqual({ id: '1', op: 'unsubscribe', args });
  });

  test('keeps the connection alive by a text, and keeps to the venue’s limits', () => {
    expect(createProtocol().heartbeat?.()).toBe('ping');
    expect(FEED.limits.heartbeatUs).toBeLessThan(30_000_000);
    expect(FEED.limits.requestsPerHour).toBeLessThanOrEqual(480);
    expect(FEED.limits.connectsPerSecond).toBe(3);
    // 64 KB of arguments a connection: none is longer than this one.
    const longest = { channel: 'liquidation-orders', instId: '1000000COIN-USD_UM-SWAP' };
    const length = JSON.stringify(longest).length * FEED.limits.streamsPerConnection;
    expect(length).toBeLessThan(65_536);
  });
});
