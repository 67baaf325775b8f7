import { describe, expect, test } from 'bun:test';
import { nativeParts, parseSymbol } from '../../../../src/venues/okx/symbols.ts';

const KNOWN: [text: string, venueSymbol: string, symbol: string, type: string, listed: boolean][] =
  [
    ['BTC/USDT', 'BTC-USDT', 'BTC/USDT', 'spot', true],
    ['btc-usdt', 'BTC-USDT', 'BTC/USDT', 'spot', true],
    ['BTC-USDT-SWAP', 'BTC-USDT-SWAP', 'BTC/USDT', 'perp', true],
    ['BTC/USDT:USDT', 'BTC-USDT-SWAP', 'BTC/USDT', 'perp', true],
    ['BTC/USD:BTC', 'BTC-USD-SWAP', 'BTC/USD', 'perp', true],
    ['UNI-USD-SWAP', 'UNI-USD-SWAP', 'UNI/USD', 'perp', true],
    ['BTC-USD-220527', 'BTC-USD-220527', 'BTC/USD-220527', 'future', true],
    ['BTC/USDT-260925', 'BTC-USDT-260925', 'BTC/USDT-260925', 'future', true],
    ['BTC-USD_UM-SWAP', 'BTC-USD_UM-SWAP', 'BTC/USD_UM', 'perp', false],
    ['QQZZX/USDT', 'QQZZX-USDT', 'QQZZX/USDT', 'spot', false],
  ];

describe('symbols of OKX', () => {
  test.each(KNOWN)('%s is %s', (text, venueSymbol, symbol, marketType, listed) => {
    const [base, quote] = symbol.split('-')[0]?.split('/') ?? [];
    expect(parseSymbol(text)).toEqual({
      ok: true,
      venueSymbol,
      symbol,
      marketType,
      base,
      quote,
      listed,
    } as never);
  });

  test.each([
    ['BTC-USD-220514-22000-C', 'options'],
    ['BTC/USDT:ETH', 'settle'],
    ['BTC/USDT-261399', 'no date'],
    ['BTCUSDT', 'BASE/QUOTE'],
    ['BT.C/USDT', 'letters and digits'],
    ['', 'BASE/QUOTE'],
  ])('%s is refused, with a reason', (text, why) => {
    const result = parseSymbol(text);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.reason).toContain(why);
  });

  test('names of the venue’s list that we cannot read are none', () => {
    expect(nativeParts('BTC-USD-220514-22000-C')).toBeUndefined();
    expect(nativeParts('BTC-USD-229999')).toBeUndefined();
    expect(nativeParts('BTC')).toBeUndefined();
  });
});
