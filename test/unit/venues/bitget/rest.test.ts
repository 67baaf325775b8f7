import { describe, expect, test } from 'bun:test';
import { createProtocol, decodeAnswer, type FeedId } from './bitget-protocol.ts';

const nan = Number.NaN;
const envelope = (data: unknown, code = '00000') => ({ code, msg: 'm', requestTime: 1, data });
const TRADES = '/api/v2/spot/market/fills-history?symbol=BTCUSDT';
const row = (id: number, ts = 1000 + id) => ({
  tradeId: `t${id}`,
  symbol: 'BTCUSDT',
  side: 'buy',
  price: '0.10',
  size: '3',
  ts: String(ts),
});

describe('requests', () => {
  test('name the market and a millisecond more than the times wanted', () => {
    const wanted = {
      fromId: nan,
      toId: nan,
      fromUs: 1_700_000_000_123_456,
      toUs: 1_700_000_001_000_999,
    };
    const query = (id: FeedId) => createProtocol(id).tradesRequest(0, wanted)?.url;
    const times = 'startTime=1700000000122&endTime=1700000001001&limit=1000';
    expect(query('bitget.spot')).toBe(`https://api.bitget.com${TRADES}&${times}`);
    expect(query('bitget.usdt')).toBe(
      'https://api.bitget.com/api/v2/mix/market/fills-history?symbol=BTCUSDT' +
        `&productType=USDT-FUTURES&${times}`,
    );
  });

  test('span a week at most, the newest of it', () => {
    const week = 7 * 86_400_000;
    const toUs = 1_700_000_000_000_000;
    const wanted = { fromId: nan, toId: nan, fromUs: 1, toUs };
    const url = createProtocol('bitget.spot').tradesRequest(0, wanted)?.url ?? '';
    const query = new URL(url).searchParams;
    const span = Number(query.get('endTime')) - Number(query.get('startTime'));
    expect(span).toBeLessThan(week);
    expect(span).toBeGreaterThan(week - 10_000);
    expect(query.get('endTime')).toBe('1700000000001');
  });

  test('for markets and books', () => {
    const spot = createProtocol('bitget.spot');
    expect(spot.instrumentsRequest().url).toEndWith('/api/v2/spot/public/symbols');
    expect(createProtocol('bitget.usdt').instrumentsRequest().url).toEndWith(
      '/api/v2/mix/market/contracts?productType=USDT-FUTURES',
    );
    expect(spot.bookSnapshotRequest(0)).toBeUndefined();
    expect(spot.tradesRequest(9, { fromId: 1, toId: 1, fromUs: 1, toUs: 1 })).toBeUndefined();
  });
});

describe('pages of trades', () => {
  const spot = createProtocol('bitget.spot');

  test('are handed on oldest first', () => {
    const { messages } = decodeAnswer(spot, TRADES, envelope([row(3), row(2), row(1)]));
    expect(messages.map((each) => each.tradeIdText ?? each.count)).toEqual(['t1', 't2', 't3', 3]);
    expect(decodeAnswer(spot, TRADES, envelope([])).messages).toMatchObject([{ count: 0 }]);
  });

  test.each([
    ['an id that is a number', [{ ...row(1), tradeId: 1213456789012345 }]],
    ['a price that is a number', [{ ...row(1), price: 0.1 }]],
    ['another symbol', [{ ...row(1), symbol: 'ETHUSDT' }]],
    ['a time that is none', [{ ...row(1), ts: 'x' }]],
    ['a side that is none', [{ ...row(1), side: 'bid' }]],
    ['a row that is none', [row(1), null]],
    ['no list', { a: 1 }],
  ])('with %s deliver nothing', (_, data) => {
    expect(decodeAnswer(spot, TRADES, envelope(data))).toEqual({
      outcome: 'malformed',
      messages: [],
    });
  });
});

describe('market lists', () => {
  const contract = {
    symbol: 'BTCUSDT',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    pricePlace: '1',
    priceEndStep: '5',
    sizeMultiplier: '0.001',
    symbolType: 'perpetual',
    symbolStatus: 'normal',
  };
  const list = (rows: unknown[]) =>
    decodeAnswer(
      createProtocol('bitget.usdt'),
      '/api/v2/mix/market/contracts?productType=USDT-FUTURES',
      envelope(rows),
    );

  test('make the tick of the last place and its step', () => {
    const tickOf = (fields: object) => {
      const metas = list([{ ...contract, ...fields }]).messages[0]?.list as { tickSize: number }[];
      return metas[0]?.tickSize;
    };
    expect(tickOf({})).toBe(0.5);
    expect(tickOf({ pricePlace: '4', priceEndStep: '1' })).toBe(0.0001);
    expect(tickOf({ pricePlace: '0', priceEndStep: '1' })).toBe(1);
    expect(tickOf({ pricePlace: 'x' })).toBeNull();
  });

  test('leave out dated contracts and refuse rows that are none', () => {
    expect(list([{ ...contract, symbolType: 'delivery' }]).messages[0]?.list).toEqual([]);
    expect(list([5]).outcome).toBe('malformed');
    expect(list([{ ...contract, symbolStatus: 1 }]).outcome).toBe('malformed');
  });
});

describe('refusals inside a 200', () => {
  test.each([
    ['{"code":"00000","msg":"success","data":[]}', 200],
    ['{"code":"429","msg":"Too Many Requests"}', 429],
    ['{"code":"40034","msg":"Parameter does not exist"}', 400],
    ['<html>', 200],
  ])('%s means %p', (body, status) => {
    expect(createProtocol('bitget.spot').answerStatus?.(body)).toBe(status);
  });
});

test('answers of unknown paths are malformed, of unknown instruments ignored', () => {
  const spot = createProtocol('bitget.spot');
  expect(decodeAnswer(spot, '/api/v2/public/time', envelope([])).outcome).toBe('malformed');
  expect(decodeAnswer(spot, TRADES, '<html>').outcome).toBe('malformed');
  const other = TRADES.replace('BTCUSDT', 'XYZUSDT');
  expect(decodeAnswer(spot, other, envelope([])).outcome).toBe('ignored');
});
