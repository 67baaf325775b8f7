import { describe, expect, test } from 'bun:test';
import { type FeedId, feed } from './bitget-protocol.ts';

describe('symbols', () => {
  test.each([
    ['bitget.spot', 'BTC/USDT', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['bitget.spot', ' btcusdt ', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['bitget.spot', 'ETHBTC', 'ETH/BTC', 'spot', 'ETHBTC', true],
    ['bitget.spot', 'NEWCOIN/EUR', 'NEWCOIN/EUR', 'spot', 'NEWCOINEUR', false],
    ['bitget.usdt', 'BTCUSDT', 'BTC/USDT', 'perp', 'BTCUSDT', true],
    ['bitget.usdt', 'NEWCOIN/USDT', 'NEWCOIN/USDT', 'perp', 'NEWCOINUSDT', false],
  ])('%s reads %p as %p', (id, text, symbol, marketType, venueSymbol, listed) => {
    const parsed = feed(id as FeedId).parseSymbol(text);
    expect(parsed).toMatchObject({ ok: true, symbol, marketType, venueSymbol, listed });
  });

  test.each([
    ['bitget.spot', 'NEWCOINUSDT'],
    ['bitget.spot', 'BTC-USDT'],
    ['bitget.spot', ''],
    ['bitget.spot', 'BTC/USDT-260925'],
    ['bitget.spot', 'B.T/USDT'],
    ['bitget.usdt', 'BTC/USDC'],
    ['bitget.usdt', 'BTCPERP'],
  ])('%s refuses %p and says why', (id, text) => {
    const parsed = feed(id as FeedId).parseSymbol(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.reason).toContain(id);
  });

  test('every market of the catalogue is understood in both spellings and is listed', () => {
    for (const id of ['bitget.spot', 'bitget.usdt'] as const) {
      const module = feed(id);
      expect(module.catalogue[0]).toBe('BTC/USDT');
      for (const symbol of module.catalogue) {
        const parsed = module.parseSymbol(symbol);
        if (!parsed.ok) throw new Error(parsed.reason);
        expect(parsed).toMatchObject({ symbol, listed: true });
        expect(module.parseSymbol(parsed.venueSymbol)).toEqual(parsed);
      }
    }
  });
});
