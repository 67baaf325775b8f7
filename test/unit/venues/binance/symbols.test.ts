import { describe, expect, test } from 'bun:test';
import { feed } from './collector.ts';

const spot = feed('binance.spot');
const usdm = feed('binance.usdm');

describe('symbols', () => {
  test.each([
    ['binance.spot', 'BTC/USDT', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['binance.spot', 'BTCUSDT', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['binance.spot', ' btcusdt ', 'BTC/USDT', 'spot', 'BTCUSDT', true],
    ['binance.spot', 'eth/btc', 'ETH/BTC', 'spot', 'ETHBTC', true],
    ['binance.spot', 'USDTTRY', 'USDT/TRY', 'spot', 'USDTTRY', true],
    ['binance.spot', 'NEWCOIN/USDT', 'NEWCOIN/USDT', 'spot', 'NEWCOINUSDT', false],
    ['binance.spot', '币安人生/USDT', '币安人生/USDT', 'spot', '币安人生USDT', false],
    ['binance.usdm', 'BTCUSDT', 'BTC/USDT', 'perp', 'BTCUSDT', true],
    ['binance.usdm', '1000SHIBUSDT', '1000SHIB/USDT', 'perp', '1000SHIBUSDT', true],
    ['binance.usdm', 'SHIB/USDT', 'SHIB/USDT', 'perp', 'SHIBUSDT', false],
    ['binance.usdm', 'BTC/USDT-260925', 'BTC/USDT-260925', 'future', 'BTCUSDT_260925', true],
    ['binance.usdm', 'btcusdt_260925', 'BTC/USDT-260925', 'future', 'BTCUSDT_260925', true],
    ['binance.usdm', 'SOL/USDT-260925', 'SOL/USDT-260925', 'future', 'SOLUSDT_260925', false],
    ['binance.coinm', 'BTC/USD', 'BTC/USD', 'perp', 'BTCUSD_PERP', true],
    ['binance.coinm', 'btcusd_perp', 'BTC/USD', 'perp', 'BTCUSD_PERP', true],
    ['binance.coinm', 'BTCUSD_260925', 'BTC/USD-260925', 'future', 'BTCUSD_260925', true],
    ['binance.coinm', 'ETH/USD-260925', 'ETH/USD-260925', 'future', 'ETHUSD_260925', true],
    ['binance.coinm', 'NEWCOIN/USD', 'NEWCOIN/USD', 'perp', 'NEWCOINUSD_PERP', false],
  ])('%s reads %p as %p', (feedId, text, symbol, marketType, venueSymbol, listed) => {
    const parsed = feed(feedId).parseSymbol(text);
    expect(parsed).toMatchObject({ ok: true, symbol, marketType, venueSymbol, listed });
  });

  test.each([
    ['binance.spot', 'NEWCOINUSDT'],
    ['binance.spot', 'BTC-USDT'],
    ['binance.spot', 'BTC_USDT'],
    ['binance.spot', 'BTC/USDT-260925'],
    ['binance.spot', 'BTCUSDT_260925'],
    ['binance.spot', 'BTC/US_DT'],
    ['binance.spot', ''],
    ['binance.spot', 'USDT'],
    ['binance.usdm', 'BTC/USDT:USDT'],
    ['binance.usdm', 'BTC/USDT-261399'],
    ['binance.usdm', 'BTCUSDT_260231'],
    ['binance.usdm', 'BTCUSDT_2609'],
    ['binance.usdm', 'BTCUSD_PERP'],
    ['binance.coinm', 'BTCUSD'],
    ['binance.coinm', 'BTCUSDT'],
    ['binance.coinm', 'BTC/USDT'],
    ['binance.coinm', 'NEWCOINUSD_PERP'],
    ['binance.coinm', 'BTCUSD_260925_PERP'],
    ['binance.coinm', 'BTC/USD-261399'],
  ])('%s refuses %p and says why', (feedId, text) => {
    const parsed = feed(feedId).parseSymbol(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.reason).toContain(feedId);
  });

  test('every market of the catalogue is understood in both spellings and is listed', () => {
    for (const module of [spot, usdm]) {
      expect(module.catalogue[0]).toBe('BTC/USDT');
      expect(module.catalogue.length).toBeGreaterThan(150);
      for (const symbol of module.catalogue) {
        const parsed = module.parseSymbol(symbol);
        if (!parsed.ok) throw new Error(parsed.reason);
        expect(parsed).toMatchObject({ symbol, listed: true });
        expect(module.parseSymbol(parsed.venueSymbol)).toEqual(parsed);
      }
    }
  });
});
