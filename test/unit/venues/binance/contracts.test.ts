/** COIN-M: sizes are contracts, and what one is worth comes with the instrument list only. */
import { describe, expect, test } from 'bun:test';
import { createProtocol, type Decoded, decodeAnswer, decodeFrame, feed } from './collector.ts';

const TRADE =
  '{"stream":"btcusd_perp@aggTrade","data":{"e":"aggTrade","E":1591261134288,"a":424951,' +
  '"s":"BTCUSD_PERP","p":"10000.5","q":"3","f":1,"l":1,"T":1591261134199,"m":true,"st":2}}';
const MARK =
  '{"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1596095725000,' +
  '"s":"BTCUSD_PERP","p":"10000","P":"1","i":"10001","r":"0.0001","T":1596124800000,"st":2}}';
const INTEREST_URL = 'https://dapi.binance.com/dapi/v1/openInterest?symbol=BTCUSD_PERP';
const INTEREST = '{"symbol":"BTCUSD_PERP","openInterest":"15004","time":1591261042378}';
const MALFORMED: Decoded = { outcome: 'malformed', messages: [] };

function infoWith(market: object): string {
  const row = {
    symbol: 'BTCUSD_PERP',
    baseAsset: 'BTC',
    quoteAsset: 'USD',
    contractType: 'PERPETUAL',
    contractStatus: 'TRADING',
    contractSize: 100,
  };
  return JSON.stringify({ symbols: [{ ...row, ...market }] });
}

describe('the COIN-M feed', () => {
  test('has its instrument list fetched before anything is subscribed', () => {
    expect(feed('binance.coinm').needsInstruments).toBe(true);
    expect(feed('binance.usdm').needsInstruments).toBe(false);
  });

  test('says nothing that has a size while contract sizes are unknown', () => {
    const bare = createProtocol('binance.coinm', { isBare: true });
    const frames = [
      TRADE,
      '{"stream":"btcusd_perp@bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSD_PERP",' +
        '"b":"1","B":"2","a":"3","A":"4","T":1,"E":1}}',
      '{"stream":"btcusd_perp@depth","data":{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSD_PERP",' +
        '"U":1,"u":2,"pu":0,"b":[["1","2"]],"a":[]}}',
      '{"stream":"btcusd_perp@forceOrder","data":{"e":"forceOrder","E":1,"o":{"s":"BTCUSD_PERP",' +
        '"S":"BUY","q":"1","p":"1","ap":"1","z":"1","T":1}}}',
    ];
    for (const frame of frames) expect(decodeFrame(bare, frame)).toEqual(MALFORMED);
    const snapshot = '{"lastUpdateId":1,"T":1,"bids":[["1","2"]],"asks":[]}';
    const url = '/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000';
    expect(decodeAnswer(bare, url, snapshot)).toEqual(MALFORMED);
    decodeAnswer(bare, '/dapi/v1/exchangeInfo', infoWith({}));
    for (const frame of frames) expect(decodeFrame(bare, frame).outcome).toBe('ok');
    expect(decodeAnswer(bare, url, snapshot).outcome).toBe('ok');
  });

  test('follows a contract whose size changes', () => {
    const protocol = createProtocol('binance.coinm', { isBare: true });
    decodeAnswer(protocol, '/dapi/v1/exchangeInfo', infoWith({}));
    expect(decodeFrame(protocol, TRADE).messages).toMatchObject([
      { size: 300 / 10_000.5, nativeSize: 3 },
    ]);
    decodeAnswer(protocol, '/dapi/v1/exchangeInfo', infoWith({ contractSize: 10 }));
    expect(decodeFrame(protocol, TRADE).messages).toMatchObject([
      { size: 30 / 10_000.5, nativeSize: 3 },
    ]);
  });

  test.each([{ contractSize: '100' }, { contractSize: 0 }, { contractSize: null }])(
    'refuses a list with %p',
    (market) => {
      const protocol = createProtocol('binance.coinm', { isBare: true });
      const answer = decodeAnswer(protocol, '/dapi/v1/exchangeInfo', infoWith(market));
      expect(answer).toEqual(MALFORMED);
    },
  );

  test('takes the status under either of its names', () => {
    const protocol = createProtocol('binance.coinm', { isBare: true });
    const body = infoWith({ contractStatus: undefined, status: 'SETTLING' });
    expect(decodeAnswer(protocol, '/dapi/v1/exchangeInfo', body).messages).toMatchObject([
      { list: [{ status: 'SETTLING', contractSize: 100 }] },
    ]);
  });
});

describe('open interest', () => {
  test('is asked for each instrument where derivative ticks are recorded', () => {
    const setup = { symbols: ['BTC/USD', 'ETH/USD'], channels: ['derivative'] } as const;
    const polls = createProtocol('binance.coinm', setup).polls?.() ?? [];
    expect(polls.map(({ request }) => request)).toEqual([
      { url: INTEREST_URL, weight: 1 },
      { url: INTEREST_URL.replace('BTC', 'ETH'), weight: 1 },
    ]);
    expect(new Set(polls.map(({ key }) => key)).size).toBe(2);
    expect(createProtocol('binance.coinm', { channels: ['trades'] }).polls?.()).toEqual([]);
    expect(createProtocol('binance.spot', { channels: ['trades'] }).polls?.()).toEqual([]);
  });

  test('of contracts is in base units at the mark price, and waits for one', () => {
    const protocol = createProtocol('binance.coinm');
    const early = decodeAnswer(protocol, INTEREST_URL, INTEREST);
    expect(early).toEqual({ outcome: 'ignored', messages: [] });
    decodeFrame(protocol, MARK);
    expect(decodeAnswer(protocol, INTEREST_URL, INTEREST).messages).toEqual([
      {
        type: 'derivative',
        instrument: 0,
        tsUs: 1_591_261_042_378_000,
        markPrice: Number.NaN,
        indexPrice: Number.NaN,
        fundingRate: Number.NaN,
        nextFundingUs: Number.NaN,
        openInterest: (15_004 * 100) / 10_000,
      },
    ]);
  });

  test('of USD-M is in base units already', () => {
    const body = '{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}';
    const url = '/fapi/v1/openInterest?symbol=BTCUSDT';
    const { messages } = decodeAnswer(createProtocol('binance.usdm'), url, body);
    expect(messages).toMatchObject([{ openInterest: 10_659.509, markPrice: Number.NaN }]);
  });

  test.each(['{"openInterest":10659,"time":1}', '{"openInterest":"-1","time":1}', '{}', '[]'])(
    'is refused as %p',
    (body) => {
      const url = '/fapi/v1/openInterest?symbol=BTCUSDT';
      expect(decodeAnswer(createProtocol('binance.usdm'), url, body)).toEqual(MALFORMED);
    },
  );
});
