import { describe, expect, test } from 'bun:test';
import { decodeAnswer } from '../binance/collector.ts';
import { createProtocol } from './coinbase-protocol.ts';

const HOST = 'https://api.exchange.coinbase.com';
const wanted = (fromId: number, toId: number) => ({ fromId, toId, fromUs: 0, toUs: 0 });

const row = (id: number, more: object = {}) => ({
  trade_id: id,
  side: 'sell',
  size: '0.01',
  price: '10.5',
  time: '2019-08-14T20:42:27.966Z',
  ...more,
});
const page = (...rows: object[]) => JSON.stringify(rows);

describe('requests', () => {
  const protocol = createProtocol();

  test('ask for the page that ends with the last id wanted: the cursor is the id behind it', () => {
    const url = `${HOST}/products/BTC-USD/trades?limit=6&after=106`;
    expect(protocol.tradesRequest(0, wanted(100, 105))).toEqual({ url, weight: 1 });
  });

  test('of a long hole go on from its beginning, page by page', () => {
    const url = protocol.tradesRequest(0, wanted(100, 5000))?.url;
    expect(url).toBe(`${HOST}/products/BTC-USD/trades?limit=1000&after=1100`);
    expect(protocol.tradesRequest(0, wanted(1099, 5000))?.url).toEndWith('?limit=1000&after=2099');
  });

  test('name products, and no book: that comes with the stream', () => {
    expect(protocol.instrumentsRequest()).toEqual({ url: `${HOST}/products`, weight: 1 });
    expect(protocol.bookSnapshotRequest(0)).toBeUndefined();
    expect(protocol.tradesRequest(9, wanted(1, 2))).toBeUndefined();
  });
});

describe('answers', () => {
  const url = `${HOST}/products/BTC-USD/trades?limit=3&after=78`;

  test('are handed on oldest first', () => {
    const { outcome, messages } = decodeAnswer(createProtocol(), url, page(row(77), row(76)));
    expect(outcome).toBe('ok');
    expect(messages).toMatchObject([
      { tradeId: 76, isSell: false },
      { tradeId: 77, isSell: false },
      { type: 'end', instrument: 0, count: 2 },
    ]);
  });

  test('may be empty', () => {
    expect(decodeAnswer(createProtocol(), url, '[]').messages).toEqual([
      { type: 'end', instrument: 0, count: 0 },
    ]);
  });

  test.each([
    ['an error', '{"message":"NotFound"}'],
    ['ids that do not fall', page(row(76), row(77))],
    ['an id twice', page(row(77), row(77))],
    ['a row that is none', page(row(77), [])],
    ['a wrong side behind a good row', page(row(77), row(76, { side: 'BUY' }))],
    ['nothing', ''],
  ])('with %s deliver nothing', (_, body) => {
    const { outcome, messages } = decodeAnswer(createProtocol(), url, body);
    expect({ outcome, messages }).toEqual({ outcome: 'malformed', messages: [] });
  });

  test('about other products are ignored, of other paths malformed', () => {
    const protocol = createProtocol();
    const other = decodeAnswer(protocol, '/products/QQZZX-USD/trades', page(row(1)));
    expect(other.outcome).toBe('ignored');
    for (const path of ['/products/BTC-USD/candles', '/products/BTC-USD', '', '/time']) {
      expect(decodeAnswer(protocol, path, page(row(1))).outcome).toBe('malformed');
    }
  });

  test('of the host of 2021 are read as well', () => {
    const old = 'https://api.pro.coinbase.com/products';
    const product = { id: 'SKL-EUR', base_currency: 'SKL', quote_currency: 'EUR' };
    expect(decodeAnswer(createProtocol(), old, page(product)).messages).toMatchObject([
      { list: [{ symbol: 'SKL/EUR', tickSize: null, lotSize: null, status: 'unknown' }] },
    ]);
  });
});
