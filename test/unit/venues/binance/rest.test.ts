import { describe, expect, test } from 'bun:test';
import { createProtocol, type Decoded, decodeAnswer } from './collector.ts';

const spot = createProtocol('binance.spot');
const usdm = createProtocol('binance.usdm');
const usdmTrades = createProtocol('binance.usdm', { tape: 'trade' });
const MALFORMED: Decoded = { outcome: 'malformed', messages: [] };

const wanted = (fromId: number, toId: number) => ({ fromId, toId, fromUs: 0, toUs: 0 });

describe('requests', () => {
  test('name the endpoint, its weight and no more rows than needed', () => {
    expect(spot.instrumentsRequest()).toEqual({
      url: 'https://api.binance.com/api/v3/exchangeInfo',
      weight: 20,
    });
    expect(usdm.instrumentsRequest()).toEqual({
      url: 'https://fapi.binance.com/fapi/v1/exchangeInfo',
      weight: 1,
    });
    expect(spot.bookSnapshotRequest(0)).toEqual({
      url: 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000',
      weight: 50,
    });
    expect(usdm.bookSnapshotRequest(1)).toEqual({
      url: 'https://fapi.binance.com/fapi/v1/depth?symbol=ETHUSDT&limit=1000',
      weight: 20,
    });
    expect(spot.tradesRequest(0, wanted(100, 105))).toEqual({
      url: 'https://api.binance.com/api/v3/historicalTrades?symbol=BTCUSDT&fromId=100&limit=6',
      weight: 25,
    });
    expect(usdm.tradesRequest(0, wanted(100, 99_999))).toEqual({
      url: 'https://fapi.binance.com/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=100&limit=1000',
      weight: 20,
    });
    expect(usdmTrades.tradesRequest(0, wanted(100, 105))).toEqual({
      url: 'https://fapi.binance.com/fapi/v1/trades?symbol=BTCUSDT&limit=1000',
      weight: 5,
    });
    expect(
      createProtocol('binance.spot', { tape: 'aggTrade' }).tradesRequest(0, wanted(1, 1)),
    ).toEqual({
      url: 'https://api.binance.com/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&limit=1',
      weight: 4,
    });
    expect(spot.bookSnapshotRequest(99)).toBeUndefined();
    expect(spot.tradesRequest(99, wanted(1, 2))).toBeUndefined();
  });
});

describe('book snapshots', () => {
  const body =
    '{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"],["0.0027","5"]]}';
  const snapshot = {
    type: 'depth',
    instrument: 0,
    tsUs: Number.NaN,
    firstId: 160,
    lastId: 160,
    previousId: Number.NaN,
    isSnapshot: true,
    checksum: Number.NaN,
    bids: [[0.0024, 10]],
    asks: [
      [0.0026, 100],
      [0.0027, 5],
    ],
    precisionLoss: false,
  };

  test('are matched by path and query, whatever the host', () => {
    for (const host of [
      'https://api.binance.com',
      'http://127.0.0.1:8080',
      'https://x/prefix',
      '',
    ]) {
      const url = `${host}/api/v3/depth?symbol=BTCUSDT&limit=1000`;
      expect(decodeAnswer(spot, url, body)).toEqual({ outcome: 'ok', messages: [snapshot] });
    }
  });

  test('of usdm carry the time of the engine', () => {
    const timed = body.replace('"bids"', '"E":1723161256567,"T":1723161256561,"bids"');
    const { messages } = decodeAnswer(usdm, 'https://h/fapi/v1/depth?symbol=BTCUSDT', timed);
    expect(messages).toMatchObject([{ tsUs: 1723161256561000 }]);
  });

  test('of a market that never traded stand at -1', () => {
    const empty = '{"lastUpdateId":-1,"bids":[],"asks":[]}';
    const { messages } = decodeAnswer(spot, '/api/v3/depth?symbol=BTCUSDT', empty);
    expect(messages).toMatchObject([{ lastId: -1, bids: [], asks: [] }]);
  });

  test.each([
    '{"lastUpdateId":9007199254740993,"bids":[],"asks":[]}',
    '{"lastUpdateId":"160","bids":[],"asks":[]}',
    '{"lastUpdateId":160,"bids":[]}',
    '{"lastUpdateId":160,"bids":[["1"]],"asks":[]}',
    '{"lastUpdateId":160,"bids":[],"asks":[["1","-1"]]}',
    '{"code":-1121,"msg":"Invalid symbol."}',
    '[]',
    '<html>',
    '',
  ])('are refused as %p', (bad) => {
    expect(decodeAnswer(spot, '/api/v3/depth?symbol=BTCUSDT', bad)).toEqual(MALFORMED);
  });
});

describe('pages of trades', () => {
  const row = (id: number | string, price = '0.10', qty = '3') =>
    `{"id":${id},"price":"${price}","qty":"${qty}","quoteQty":"0.3","time":1672515782136,` +
    '"isBuyerMaker":true,"isBestMatch":true}';
  const url = '/api/v3/historicalTrades?symbol=BTCUSDT&fromId=7&limit=2';

  test('deliver their rows and then the end', () => {
    const { outcome, messages } = decodeAnswer(spot, url, `[${row(7)},${row(8)}]`);
    expect(outcome).toBe('ok');
    expect(messages).toMatchObject([
      { type: 'trade', tape: 'trade', tradeId: 7, price: 0.1, size: 3, isSell: true },
      { type: 'trade', tradeId: 8, tsUs: 1672515782136000, isMarket: true },
      { type: 'end', instrument: 0, count: 2 },
    ]);
  });

  test('of aggregate trades deliver that tape', () => {
    const agg =
      '[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,' +
      '"m":true,"M":true}]';
    const { messages } = decodeAnswer(usdm, '/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=26129', agg);
    expect(messages).toMatchObject([
      { tape: 'aggTrade', tradeId: 26129, price: 0.01633102 },
      { type: 'end', count: 1 },
    ]);
  });

  test('may be empty', () => {
    expect(decodeAnswer(spot, url, '[]').messages).toEqual([
      { type: 'end', instrument: 0, count: 0 },
    ]);
  });

  test('hold empty prints as ids that are no market trade', () => {
    const { messages } = decodeAnswer(spot, url, `[${row(7, '0', '0')}]`);
    expect(messages).toMatchObject([{ tradeId: 7, isMarket: false }, { count: 1 }]);
  });

  test.each([
    ['an id beyond 2^53', `[${row(7)},${row('9007199254740993')}]`],
    ['ids that do not rise', `[${row(8)},${row(8)}]`],
    ['a row that is none', `[${row(7)},null]`],
    ['a price that is a number', `[${row(7)},${row(8).replace('"0.10"', '0.10')}]`],
    ['no list', '{"code":-1003,"msg":"Too many requests"}'],
  ])('with %s deliver nothing', (_, body) => {
    expect(decodeAnswer(spot, url, body)).toEqual(MALFORMED);
  });
});

describe('instrument lists', () => {
  const market = (symbol: string, extra: object) => ({
    symbol,
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    pricePrecision: 2,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.01', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', stepSize: '0.00001000', minQty: '0.00001' },
    ],
    ...extra,
  });
  const meta = {
    venue: 'binance',
    symbol: 'BTC/USDT',
    venueSymbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    tickSize: 0.1,
    lotSize: 0.00001,
    contractSize: 1,
    status: 'TRADING',
  };

  test('of spot give tick and lot from the filters, and the budget', () => {
    const rateLimits = [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 5500 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 300000 },
    ];
    const body = JSON.stringify({ rateLimits, symbols: [market('BTCUSDT', {})] });
    expect(decodeAnswer(spot, '/api/v3/exchangeInfo', body)).toEqual({
      outcome: 'ok',
      messages: [
        { type: 'instruments', list: [{ ...meta, marketType: 'spot' }] },
        { type: 'limit', weightPerMinute: 5500 },
      ],
    });
  });

  test('of usdm tell perpetual from dated and leave out what has no type', () => {
    const symbols = [
      market('BTCUSDT', { contractType: 'PERPETUAL' }),
      market('BTCUSDT_260925', { contractType: 'CURRENT_QUARTER' }),
      market('TSLAUSDT', { contractType: 'TRADIFI_PERPETUAL', baseAsset: 'TSLA', filters: [] }),
      market('XUSDT', { contractType: '' }),
    ];
    const body = JSON.stringify({ symbols });
    const { messages } = decodeAnswer(usdm, '/fapi/v1/exchangeInfo', body);
    expect(messages[0]?.list).toEqual([
      { ...meta, marketType: 'perp' },
      { ...meta, symbol: 'BTC/USDT-260925', venueSymbol: 'BTCUSDT_260925', marketType: 'future' },
      {
        ...meta,
        symbol: 'TSLA/USDT',
        venueSymbol: 'TSLAUSDT',
        base: 'TSLA',
        marketType: 'perp',
        tickSize: null,
        lotSize: null,
      },
    ]);
  });

  test('that are none are refused', () => {
    for (const body of ['{}', '[]', '{"symbols":[5]}', '{"symbols":[{"symbol":1}]}']) {
      expect(decodeAnswer(spot, '/api/v3/exchangeInfo', body)).toEqual(MALFORMED);
    }
  });
});

test('answers of unknown paths are malformed, of unknown instruments ignored', () => {
  for (const url of [
    '',
    '/api/v3/ping',
    '/api/v3/depth',
    'https://%zz/?',
    '/fapi/v1/depth?symbol=BTCUSDT',
  ]) {
    expect(decodeAnswer(spot, url, '[]')).toEqual(MALFORMED);
  }
  const url = '/api/v3/depth?symbol=XRPUSDT&limit=1000';
  expect(decodeAnswer(spot, url, '{}')).toEqual({ outcome: 'ignored', messages: [] });
});
