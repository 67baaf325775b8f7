import { describe, expect, test } from 'bun:test';
import { feed } from './kraken-protocol.ts';

describe('symbols', () => {
  test.each([
    ['BTC/USD', 'BTC/USD'],
    ['btc/usd', 'BTC/USD'],
    ['XBT/USD', 'BTC/USD'],
    ['XBTUSD', 'BTC/USD'],
    ['BTCUSD', 'BTC/USD'],
    ['XXBTZUSD', 'BTC/USD'],
    ['XETHXXBT', 'ETH/BTC'],
    ['XDG/EUR', 'DOGE/EUR'],
    ['XDGUSD', 'DOGE/USD'],
    ['SOLUSD', 'SOL/USD'],
  ])('%s is %s', (text, symbol) => {
    const [base, quote] = symbol.split('/');
    expect(feed.parseSymbol(text)).toEqual({
      ok: true,
      symbol,
      marketType: 'spot',
      venueSymbol: symbol,
      base: base as string,
      quote: quote as string,
      listed: true,
    });
  });

  test('outside the list need their separator', () => {
    expect(feed.parseSymbol('NEWCOIN/USD')).toMatchObject({ ok: true, listed: false });
    for (const text of ['NEWCOINUSD', 'BTC-USD', '', 'BTC/USD-260925', '/']) {
      expect(feed.parseSymbol(text).ok).toBe(false);
    }
  });
});
