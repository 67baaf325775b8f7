import { describe, expect, test } from 'bun:test';
import { createProtocol, decodeAnswer } from './bybit-protocol.ts';

const WANTED = { fromId: Number.NaN, toId: Number.NaN, fromUs: 1e15, toUs: 2e15 };
const TRADES = 'https://api.bybit.com/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60';
const LIST = '/v5/market/instruments-info?category=linear&limit=1000';
const envelope = (result: unknown, retCode = 0) => ({ retCode, retMsg: '', result, time: 1 });
const row = (id: number, time: number | string = 1_000_000 + id) => ({
  execId: `e${id}`,
  symbol: 'BTCUSDT',
  price: '0.10',
  size: '3',
  side: 'Buy',
  time: typeof time === 'number' ? String(time) : time,
  isBlockTrade: false,
});
const page = (rows: unknown) => envelope({ category: 'spot', list: rows });

describe('requests', () => {
  test('name category and symbol, for the same symbol is in both', () => {
    const spot = createProtocol('bybit.spot');
    const linear = createProtocol('bybit.linear', ['BTC/USDT', 'BTC/USDC']);
    expect(spot.tradesRequest(0, WANTED)).toEqual({ url: TRADES, weight: 1 });
    expect(linear.tradesRequest(1, WANTED)?.url).toEndWith(
      'recent-trade?category=linear&symbol=BTCPERP&limit=1000',
    );
    expect(linear.instrumentsRequest().url).toBe(`https://api.bybit.com${LIST}`);
    expect(spot.bookSnapshotRequest(0)).toBeUndefined();
    expect(spot.tradesRequest(9, WANTED)).toBeUndefined();
  });

  test('for trades stop where the newest page does not reach back to', () => {
    const spot = createProtocol('bybit.spot');
    const rows = Array.from({ length: 60 }, (_, i) => row(60 - i));
    expect(decodeAnswer(spot, TRADES, page(rows)).outcome).toBe('ok');
    const upTo = (ms: number) => spot.tradesRequest(0, { ...WANTED, toUs: ms * 1000 });
    expect(upTo(1_000_001)).toBeUndefined();
    expect(upTo(1_000_002)).toBeDefined();
  });

  test('for trades go on where the page was all there is', () => {
    const spot = createProtocol('bybit.spot');
    decodeAnswer(spot, TRADES, page([row(2), row(1)]));
    expect(spot.tradesRequest(0, { ...WANTED, toUs: 1 })).toBeDefined();
  });
});

describe('pages of trades', () => {
  const spot = createProtocol('bybit.spot');

  test('come newest first and are handed on oldest first, equal times turned round too', () => {
    const rows = [row(4, 1_000_005), row(3, 1_000_005), row(2, 1_000_001), row(1, 1_000_000)];
    for (const list of [rows, rows.toReversed()]) {
      const { messages } = decodeAnswer(spot, TRADES, page(list));
      expect(messages.map((each) => each.tradeIdText ?? each.count)).toEqual([
        'e1',
        'e2',
        'e3',
        'e4',
        4,
      ]);
    }
  });

  test('may be empty, and hold block trades that are none of the market', () => {
    expect(decodeAnswer(spot, TRADES, page([])).messages).toEqual([
      { type: 'end', instrument: 0, count: 0 },
    ]);
    const { messages } = decodeAnswer(spot, TRADES, page([{ ...row(1), isBlockTrade: true }]));
    expect(messages).toMatchObject([{ isMarket: false, isSell: false }, { count: 1 }]);
  });

  test.each([
    ['a price that is a number', [{ ...row(1), price: 0.1 }]],
    ['another symbol', [{ ...row(1), symbol: 'ETHUSDT' }]],
    ['no id', [{ ...row(1), execId: '' }]],
    ['a time that is none', [row(1, 'x')]],
    ['a side that is none', [{ ...row(1), side: 'buy' }]],
    ['a row that is none', [row(1), null]],
    ['no list', { a: 1 }],
  ])('with %s deliver nothing', (_, list) => {
    expect(decodeAnswer(spot, TRADES, page(list))).toMatchObject({
      outcome: 'malformed',
      messages: [],
    });
  });
});

describe('the market list', () => {
  const market = (symbol: string) => ({
    symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: symbol.replace(/USDT$/, ''),
    quoteCoin: 'USDT',
    priceFilter: { tickSize: '0.10' },
    lotSizeFilter: { qtyStep: '0.001' },
  });
  const answer = (symbols: string[], nextPageCursor: string) =>
    envelope({ category: 'linear', list: symbols.map(market), nextPageCursor });

  test('is asked for page by page and handed on whole', () => {
    const linear = createProtocol('bybit.linear');
    const first = decodeAnswer(linear, LIST, answer(['AUSDT', 'BUSDT'], 'first%3DB&x'));
    expect(first).toMatchObject({ outcome: 'ok', messages: [] });
    expect(first.next).toEqual([`https://api.bybit.com${LIST}&cursor=first%253DB%26x`]);
    const last = decodeAnswer(linear, first.next[0] ?? '', answer(['CUSDT'], ''));
    expect(last.next).toEqual([]);
    const list = last.messages[0]?.list as { venueSymbol: string }[];
    expect(list.map((each) => each.venueSymbol)).toEqual(['AUSDT', 'BUSDT', 'CUSDT']);
    // The next day's first page begins a new list.
    const again = decodeAnswer(linear, LIST, answer(['AUSDT'], ''));
    expect(again.messages[0]?.list).toHaveLength(1);
  });

  test('that names the same page again ends there', () => {
    const linear = createProtocol('bybit.linear');
    const { next } = decodeAnswer(linear, LIST, answer(['AUSDT'], 'c'));
    const second = decodeAnswer(linear, next[0] ?? '', answer(['BUSDT'], 'c'));
    expect(second.next).toEqual([]);
    expect(second.messages[0]?.list).toHaveLength(2);
  });
});

describe('refusals inside a 200', () => {
  const linear = createProtocol('bybit.linear');
  test.each([
    ['{"retCode":0,"retMsg":"OK","result":{}}', 200],
    ['{"retCode":10006,"retMsg":"Too many visits!"}', 429],
    ['{"retCode":10429,"retMsg":"System level frequency protection"}', 429],
    ['{"retCode":10016,"retMsg":"Server error"}', 503],
    ['{"retCode":10001,"retMsg":"params error"}', 400],
    ['<html>', 200],
    ['[]', 200],
  ])('%s means %p', (body, status) => {
    expect(linear.answerStatus?.(body)).toBe(status);
  });
});

test('answers of unknown paths are malformed, of other categories ignored', () => {
  const linear = createProtocol('bybit.linear');
  expect(decodeAnswer(linear, '/v5/market/time', page([])).outcome).toBe('malformed');
  expect(decodeAnswer(linear, TRADES, '<html>').outcome).toBe('malformed');
  expect(decodeAnswer(linear, TRADES, page([row(1)])).outcome).toBe('ignored');
});
