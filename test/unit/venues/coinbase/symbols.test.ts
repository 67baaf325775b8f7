import { describe, expect, test } from 'bun:test';
import { feed } from './coinbase-protocol.ts';

describe('symbols', () => {
  test.each([
    ['BTC/USD', true],
    ['BTC-USD', true],
    ['btc-usd', true],
    [' btc/usd ', true],
    ['NEWCOIN-USD', false],
    ['1INCH/USD', true],
    ['00-USD', false],
  ])('%p is understood', (text, listed) => {
    const symbol = text.trim().toUpperCase().replace('-', '/');
    const [base = '', quote = ''] = symbol.split('/');
    expect(feed.parseSymbol(text)).toEqual({
      ok: true,
      symbol,
      marketType: 'spot',
      venueSymbol: `${base}-${quote}`,
      base,
      quote,
      listed,
    });
  });

  test.each(['BTCUSD', '', 'BTC/USD-260925', 'BTC-USD-PERP', 'B.TC/USD', '-USD'])(
    '%p is none',
    (text) => {
      expect(feed.parseSymbol(text).ok).toBe(false);
    },
  );
});
