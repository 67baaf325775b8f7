/** What MEXC spot is asked, and how its answers are taken. */
import { describe, expect, test } from 'bun:test';
import { counter, createProtocol, decodeAnswer, decodeFrame, feed } from './feed.ts';

const DEALS = 'spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT';

describe('subscribing', () => {
  test('asks for one stream a frame, at 100 ms, by its full name', () => {
    const protocol = createProtocol('mexc.spot', { symbols: ['BTC/USDT'] });
    const frames = protocol.subscribe(protocol.streams(), counter());
    expect(frames.map(({ text }) => JSON.parse(text))).toEqual([
      { method: 'SUBSCRIPTION', params: [DEALS], id: 1 },
      {
        method: 'SUBSCRIPTION',
        params: ['spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT'],
        id: 2,
      },
      {
        method: 'SUBSCRIPTION',
        params: ['spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT'],
        id: 3,
      },
    ]);
    expect(frames.map((each) => each.streams.length)).toEqual([1, 1, 1]);
    expect(protocol.connectUrl('ws')).toBe('wss://wbs-api.mexc.com/ws');
  });

  test('keeps to 30 streams a connection and pings within the minute', () => {
    const { limits } = feed('mexc.spot');
    expect(limits.streamsPerConnection).toBe(30);
    expect(limits.heartbeatUs).toBeLessThanOrEqual(20_000_000);
    expect(limits.connectionLifeUs).toBeLessThan(24 * 3600 * 1_000_000);
    expect(createProtocol('mexc.spot').heartbeat()).toBe('{"method":"PING"}');
  });

  test('takes no answer to an unsubscription for a subscription', () => {
    const protocol = createProtocol('mexc.spot', { symbols: ['BTC/USDT'] });
    const nextId = counter();
    const [deals] = protocol.streams();
    if (deals === undefined) throw new Error('no stream');
    protocol.subscribe([deals], nextId);
    const [undo] = protocol.unsubscribe([deals], nextId);
    const echoed = JSON.stringify({ id: undo?.requestId, code: 0, msg: DEALS });
    const silent = JSON.stringify({ id: 0, code: 0, msg: DEALS });
    expect(decodeFrame(protocol, echoed)).toEqual({ outcome: 'ignored', messages: [] });
    expect(decodeFrame(protocol, silent)).toEqual({ outcome: 'ignored', messages: [] });
    protocol.subscribe([deals], nextId);
    expect(decodeFrame(protocol, silent).messages).toEqual([
      { type: 'stream-ack', streamName: DEALS, error: undefined },
    ]);
  });
});

describe('frames', () => {
  test('that are neither a JSON object nor a push are malformed', () => {
    const protocol = createProtocol('mexc.spot');
    for (const frame of ['', '[]', '5', 'null', '{', '{"id":0}', '{"code":0,"msg":"x"}', 'PONG']) {
      expect(decodeFrame(protocol, frame)).toEqual({ outcome: 'malformed', messages: [] });
    }
    for (const bytes of [[0xff], [0x0a], [0x0a, 0x05, 0x31], [0x00, 0x01], [0x0b, 0x0c]]) {
      const { outcome } = decodeFrame(protocol, Uint8Array.from(bytes));
      expect(outcome).toBe('malformed');
    }
  });
});

describe('requests', () => {
  const protocol = createProtocol('mexc.spot');

  test('name path, weight and the time', () => {
    expect(protocol.instrumentsRequest()).toEqual({
      url: 'https://api.mexc.com/api/v3/exchangeInfo',
      weight: 10,
    });
    expect(protocol.bookSnapshotRequest(0)).toEqual({
      url: 'https://api.mexc.com/api/v3/depth?symbol=BTCUSDT&limit=1000',
      weight: 5,
    });
    const wanted = { fromId: Number.NaN, toId: Number.NaN, fromUs: 5_000_500, toUs: 9_000_500 };
    expect(protocol.tradesRequest(1, wanted)).toEqual({
      url:
        'https://api.mexc.com/api/v3/aggTrades?symbol=ETHUSDT&startTime=5000&endTime=9001' +
        '&limit=1000',
      weight: 5,
    });
    expect(protocol.bookSnapshotRequest(9)).toBeUndefined();
    expect(protocol.tradesRequest(9, wanted)).toBeUndefined();
  });

  test('ask for an hour of a long hole, and for more where that brought nothing', () => {
    const asked = createProtocol('mexc.spot');
    const nan = Number.NaN;
    const hours = (fromMs: number) => {
      const wanted = { fromId: nan, toId: nan, fromUs: fromMs * 1000, toUs: 40 * 3_600_000_000 };
      const url = new URL(asked.tradesRequest(0, wanted)?.url ?? '');
      const end = Number(url.searchParams.get('endTime'));
      return (end - Number(url.searchParams.get('startTime'))) / 3_600_000;
    };
    expect([hours(0), hours(0), hours(0), hours(7), hours(7)]).toEqual([1, 2, 4, 1, 2]);
  });
});

describe('answers', () => {
  const protocol = createProtocol('mexc.spot');
  const MALFORMED = { outcome: 'malformed', messages: [] } as const;

  test.each([
    ['/api/v3/depth?symbol=BTCUSDT', '{"lastUpdateId":"1","bids":[],"asks":[]}'],
    ['/api/v3/depth?symbol=BTCUSDT', '{"lastUpdateId":9007199254740993,"bids":[],"asks":[]}'],
    ['/api/v3/depth?symbol=BTCUSDT', '{"lastUpdateId":1,"bids":[["1"]],"asks":[]}'],
    ['/api/v3/depth?symbol=BTCUSDT', '{"lastUpdateId":1,"asks":[]}'],
    ['/api/v3/depth', '{"lastUpdateId":1,"bids":[],"asks":[]}'],
    ['/api/v3/aggTrades?symbol=BTCUSDT', '{"code":10007,"msg":"bad symbol"}'],
    ['/api/v3/aggTrades?symbol=BTCUSDT', '[{"p":"1","q":"1","T":1}]'],
    ['/api/v3/aggTrades?symbol=BTCUSDT', '[{"p":"1","q":"0","T":1,"m":true}]'],
    ['/api/v3/aggTrades?symbol=BTCUSDT', '[{"p":1,"q":"1","T":1,"m":true}]'],
    ['/api/v3/exchangeInfo', '{"symbols":[{"symbol":"A"}]}'],
    ['/api/v3/exchangeInfo', '{}'],
    ['/api/v3/ping', '{}'],
    ['/api/v3/depth?symbol=BTCUSDT', '<html>'],
  ])('to %p of the form %p are refused', (url, body) => {
    expect(decodeAnswer(protocol, url, body)).toEqual({ ...MALFORMED });
  });

  test('about an instrument that is not recorded are ignored', () => {
    const { outcome } = decodeAnswer(protocol, '/api/v3/aggTrades?symbol=XYZUSDT', '[]');
    expect(outcome).toBe('ignored');
  });
});
