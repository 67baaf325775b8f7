import { describe, expect, test } from 'bun:test';
import { feed } from './feed.ts';

describe('symbols', () => {
  test.each([
    ['mexc.spot', 'BTC/USDT', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['mexc.spot', ' btcusdt ', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['mexc.spot', 'ETHBTC', 'ETH/BTC', 'spot', 'ETHBTC', true],
    ['mexc.spot', 'AAPLX/USDT', 'AAPLX/USDT', 'spot', 'AAPLXUSDT', false],
    ['mexc.contract', 'BTC/USDT', 'BTC/USDT', 'perp', 'BTC_USDT', true],
    ['mexc.contract', 'btc_usdt', 'BTC/USDT', 'perp', 'BTC_USDT', true],
    ['mexc.contract', 'BTC_USD', 'BTC/USD', 'perp', 'BTC_USD', true],
    ['mexc.contract', 'XAU/USDT', 'XAU/USDT', 'perp', 'XAU_USDT', false],
  ])('%s reads %p as %p', (feedId, text, symbol, marketType, venueSymbol, listed) => {
    const parsed = feed(feedId).parseSymbol(text);
    expect(parsed).toMatchObject({ ok: true, symbol, marketType, venueSymbol, listed });
  });

  test.each([
    ['mexc.spot', 'AAPLXUSDT'],
    ['mexc.spot', 'BTC_USDT'],
    ['mexc.spot', 'BTC/USDT-260925'],
    ['mexc.spot', 'BTC/US_DT'],
    ['mexc.spot', ''],
    ['mexc.contract', 'BTCUSDT'],
    ['mexc.contract', 'BTC_USDT_260925'],
    ['mexc.contract', 'BTC/USDT-260925'],
    ['mexc.contract', '_USDT'],
  ])('%s refuses %p and says why', (feedId, text) => {
    const parsed = feed(feedId).parseSymbol(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.reason).toContain(text);
  });
});
