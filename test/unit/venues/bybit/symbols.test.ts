import { describe, expect, test } from 'bun:test';
import { fillId, fillOf } from '../../../../src/venues/bybit/sim-ids.ts';
import { type FeedId, feed } from './bybit-protocol.ts';

describe('symbols', () => {
  test.each([
    ['bybit.spot', 'BTC/USDT', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['bybit.spot', ' btcusdt ', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['bybit.spot', 'BTC/USDC', 'BTC/USDC', 'spot', 'BTCUSDC', true],
    ['bybit.spot', 'NEWCOIN/USDT', 'NEWCOIN/USDT', 'spot', 'NEWCOINUSDT', false],
    ['bybit.linear', 'BTCUSDT', 'BTC/USDT', 'perp', 'BTCUSDT', true],
    ['bybit.linear', 'btcperp', 'BTC/USDC', 'perp', 'BTCPERP', true],
    ['bybit.linear', 'ETH/USDC', 'ETH/USDC', 'perp', 'ETHPERP', true],
    ['bybit.linear', 'BTC-26DEC25', 'BTC/USDC-251226', 'future', 'BTC-26DEC25', true],
    ['bybit.linear', 'BTC/USDC-260306', 'BTC/USDC-260306', 'future', 'BTC-6MAR26', true],
    ['bybit.linear', 'BTCUSDT-26DEC25', 'BTC/USDT-251226', 'future', 'BTCUSDT-26DEC25', true],
    ['bybit.linear', 'SOL/USDC-251226', 'SOL/USDC-251226', 'future', 'SOL-26DEC25', false],
    ['bybit.linear', 'SHIB1000USDT', 'SHIB1000/USDT', 'perp', 'SHIB1000USDT', true],
  ])('%s reads %p as %p', (id, text, symbol, marketType, venueSymbol, listed) => {
    const parsed = feed(id as FeedId).parseSymbol(text);
    expect(parsed).toMatchObject({ ok: true, symbol, marketType, venueSymbol, listed });
  });

  test.each([
    ['bybit.spot', 'NEWCOINUSDT'],
    ['bybit.spot', 'BTCPERP'],
    ['bybit.spot', 'BTC/USDC-251226'],
    ['bybit.spot', 'BTC-26DEC25'],
    ['bybit.spot', ''],
    ['bybit.spot', 'BTC_USDT'],
    ['bybit.linear', 'BTC-31FEB25'],
    ['bybit.linear', 'BTC-26XXX25'],
    ['bybit.linear', 'BTC/USDC-251399'],
    ['bybit.linear', 'NEWCOIN-26DEC25'],
    ['bybit.linear', 'BTC/USDT:USDT'],
    ['bybit.linear', `${'A'.repeat(40)}/USDT`],
  ])('%s refuses %p and says why', (id, text) => {
    const parsed = feed(id as FeedId).parseSymbol(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.reason).toContain(id);
  });

  test('every market of the catalogue is understood in both spellings and is listed', () => {
    for (const id of ['bybit.spot', 'bybit.linear'] as const) {
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

describe('trade ids of the embedded exchange', () => {
  const ids = { tape: 'trade', idBase: 4_095_000_000 } as const;

  test('are read back, and those of linear tell no order', () => {
    const fills = [0, 1, 2, 4_294_967_295, 4_294_967_296, 9_240_000_001];
    for (const category of ['spot', 'linear'] as const) {
      const texts = fills.map((fill) => fillId(category, ids, fill));
      expect(texts.map((text) => fillOf(category, ids, text))).toEqual(fills);
      expect(new Set(texts).size).toBe(fills.length);
      expect(texts.every((text) => text.length === (category === 'spot' ? 19 : 36))).toBe(true);
    }
    const uuids = Array.from({ length: 50 }, (_, i) => fillId('linear', ids, i));
    expect(uuids.toSorted()).not.toEqual(uuids);
  });
});
