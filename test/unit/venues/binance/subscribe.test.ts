import { describe, expect, test } from 'bun:test';
import { FRAME_LENGTH_MAX } from '../../../../src/venues/binance/subscribe.ts';
import { createProtocol, feed } from './collector.ts';

const ids = () => {
  let next = 0;
  return () => {
    next += 1;
    return next;
  };
};

describe('streams', () => {
  test('of spot all go to one route', () => {
    const protocol = createProtocol('binance.spot', { symbols: ['BTC/USDT'] });
    expect(protocol.streams()).toEqual([
      { name: 'btcusdt@trade', instrument: 0, channel: 'trades', route: 'stream' },
      { name: 'btcusdt@bookTicker', instrument: 0, channel: 'quotes', route: 'stream' },
      { name: 'btcusdt@depth@100ms', instrument: 0, channel: 'book', route: 'stream' },
    ]);
    expect(protocol.connectUrl('stream')).toBe('wss://stream.binance.com:9443/stream');
  });

  test('of usdm take the route that serves them', () => {
    const protocol = createProtocol('binance.usdm', { symbols: ['BTC/USDT', 'BTC/USDT-260925'] });
    expect(protocol.streams().map((each) => [each.name, each.route])).toEqual([
      ['btcusdt@aggTrade', 'market'],
      ['btcusdt@bookTicker', 'public'],
      ['btcusdt@depth@100ms', 'public'],
      ['btcusdt_260925@aggTrade', 'market'],
      ['btcusdt_260925@bookTicker', 'public'],
      ['btcusdt_260925@depth@100ms', 'public'],
    ]);
    expect(protocol.connectUrl('market')).toBe('wss://fstream.binance.com/market/stream');
    expect(protocol.connectUrl('public')).toBe('wss://fstream.binance.com/public/stream');
  });

  test('of COIN-M share one path and have all kinds', () => {
    const protocol = createProtocol('binance.coinm', {
      symbols: ['BTC/USD', 'ETHUSD_260925'],
      channels: ['trades', 'quotes', 'book', 'derivative', 'liquidations'],
    });
    expect(protocol.streams().map((each) => each.name)).toEqual([
      'btcusd_perp@aggTrade',
      'btcusd_perp@bookTicker',
      'btcusd_perp@depth@100ms',
      'btcusd_perp@markPrice@1s',
      'btcusd_perp@forceOrder',
      'ethusd_260925@aggTrade',
      'ethusd_260925@bookTicker',
      'ethusd_260925@depth@100ms',
      'ethusd_260925@markPrice@1s',
      'ethusd_260925@forceOrder',
    ]);
    const routes = new Set(protocol.streams().map((each) => each.route));
    expect([...routes].map((each) => protocol.connectUrl(each))).toEqual([
      'wss://dstream.binance.com/stream',
    ]);
  });

  test('follow the tape of the instrument, and channels the feed lacks make none', () => {
    const setup = { symbols: ['BTC/USDT'], channels: ['trades', 'liquidations'] } as const;
    const usdm = createProtocol('binance.usdm', { ...setup, tape: 'trade' });
    expect(usdm.streams().map((each) => [each.name, each.route])).toEqual([
      ['btcusdt@trade', 'public'],
      ['btcusdt@forceOrder', 'market'],
    ]);
    const spot = createProtocol('binance.spot', { ...setup, tape: 'aggTrade' });
    expect(spot.streams().map((each) => each.name)).toEqual(['btcusdt@aggTrade']);
  });
});

describe('subscribe frames', () => {
  test('ask for many streams in one frame', () => {
    const protocol = createProtocol('binance.spot', { symbols: ['BTC/USDT'] });
    const [frame, ...more] = protocol.subscribe(protocol.streams(), ids());
    expect(more).toEqual([]);
    expect(JSON.parse(frame?.text ?? '')).toEqual({
      method: 'SUBSCRIBE',
      params: ['btcusdt@trade', 'btcusdt@bookTicker', 'btcusdt@depth@100ms'],
      id: 1,
    });
    expect(frame?.requestId).toBe(1);
    const [undo] = protocol.unsubscribe(protocol.streams(), ids());
    expect(JSON.parse(undo?.text ?? '').method).toBe('UNSUBSCRIBE');
  });

  test('stay within the frame length and hold every stream once, in order', () => {
    const protocol = createProtocol('binance.spot', { symbols: feed('binance.spot').catalogue });
    const frames = protocol.subscribe(protocol.streams(), ids());
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) {
      expect(new TextEncoder().encode(frame.text).length).toBeLessThanOrEqual(FRAME_LENGTH_MAX);
      expect(JSON.parse(frame.text).params).toEqual(frame.streams.map((each) => each.name));
    }
    expect(frames.flatMap((each) => each.streams)).toEqual([...protocol.streams()]);
    expect(frames.map((each) => each.requestId)).toEqual(frames.map((_, i) => i + 1));
  });

  test('are none for no streams', () => {
    const protocol = createProtocol('binance.spot');
    expect(protocol.subscribe([], ids())).toEqual([]);
  });
});
