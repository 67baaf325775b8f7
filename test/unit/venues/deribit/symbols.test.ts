/** Four kinds of market in one feed, in our spelling and in the venue's. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  canonicalName,
  isInverse,
  nativeName,
  parseNative,
} from '../../../../src/venues/deribit/symbols.ts';
import { feed } from './feed.ts';

function parse(text: string): string {
  const parsed = feed.parseSymbol(text);
  if (!parsed.ok) return parsed.reason;
  const { symbol, marketType, venueSymbol, listed } = parsed;
  return `${symbol} ${marketType} ${venueSymbol}${listed ? '' : ' unlisted'}`;
}

describe('symbols', () => {
  test('mean the same in both spellings, whatever the case', () => {
    const rows: readonly (readonly string[])[] = [
      ['BTC/USD perp BTC-PERPETUAL', 'BTC/USD', 'BTC-PERPETUAL', 'BTC/USD:BTC', 'btc/usd'],
      ['BTC/USDC perp BTC_USDC-PERPETUAL', 'BTC/USDC', 'BTC_USDC-PERPETUAL', 'BTC/USDC:USDC'],
      ['BTC/USD-261225 future BTC-25DEC26', 'BTC/USD-261225', 'BTC-25DEC26', 'btc-25dec26'],
      ['ETH/USD-260605 future ETH-5JUN26', 'ETH/USD-260605', 'ETH-5JUN26'],
      ['BTC/USDC-261225 future BTC_USDC-25DEC26', 'BTC/USDC-261225', 'BTC_USDC-25DEC26'],
      [
        'BTC/USD-261225-100000-C option BTC-25DEC26-100000-C',
        'BTC/USD-261225-100000-C',
        'BTC-25DEC26-100000-C',
      ],
      [
        'XRP/USDC-260630-1.02-P option XRP_USDC-30JUN26-1d02-P',
        'XRP/USDC-260630-1.02-P',
        'XRP_USDC-30JUN26-1d02-P',
        'xrp_usdc-30jun26-1d02-p',
      ],
      ['BTC/USDC spot BTC_USDC', 'BTC_USDC'],
      ['ETH/BTC spot ETH_BTC', 'ETH/BTC', 'ETH_BTC'],
    ];
    for (const [meaning = '', ...texts] of rows) {
      for (const text of texts) expect(parse(text)).toBe(meaning);
    }
  });

  test('of new listings are understood and not listed', () => {
    expect(parse('NEW/USDC')).toBe('NEW/USDC perp NEW_USDC-PERPETUAL unlisted');
    expect(parse('NEW/EURR')).toBe('NEW/EURR spot NEW_EURR unlisted');
  });

  test('that are none are refused with the reason', () => {
    expect(parse('BTC-FS-25DEC26_PERP')).toContain('no combos');
    expect(parse('BTC/USD-261331')).toContain('is no date');
    expect(parse('BTC-31FEB26')).toContain('does not know');
    expect(parse('BTC/USD:USDC')).toContain('settles in BTC');
    expect(parse('')).toContain('BASE/QUOTE');
  });

  test('of the catalogue mean themselves', () => {
    for (const symbol of feed.catalogue) {
      const parsed = feed.parseSymbol(symbol);
      expect(parsed.ok && parsed.listed ? parsed.symbol : parsed).toBe(symbol);
    }
  });

  test('survive the way to the venue and back', () => {
    const market = fc.record({
      marketType: fc.constantFrom('perp' as const, 'future' as const, 'option' as const),
      base: fc.constantFrom('BTC', 'ETH', 'XRP'),
      quote: fc.constantFrom('USD', 'USDC'),
      date: fc.date({
        min: new Date('2024-01-01'),
        max: new Date('2069-12-31'),
        noInvalidDate: true,
      }),
      strike: fc.constantFrom('100000', '1.02', '0.5', '3'),
      kind: fc.constantFrom('C' as const, 'P' as const),
    });
    fc.assert(
      fc.property(market, ({ date, ...rest }) => {
        const isOption = rest.marketType === 'option';
        const expiry =
          rest.marketType === 'perp' ? '' : date.toISOString().slice(2, 10).replaceAll('-', '');
        const strike = isOption ? rest.strike : '';
        const kind = isOption ? rest.kind : ('' as const);
        const expected = { ...rest, expiry, strike, kind };
        const name = nativeName(expected);
        expect(parseNative(name)).toEqual(expected);
        const parsed = feed.parseSymbol(canonicalName(expected));
        expect(parsed).toMatchObject({ ok: true, venueSymbol: name });
      }),
    );
  });

  test('tell which amounts are in quote units', () => {
    expect(isInverse('perp', 'BTC-PERPETUAL')).toBe(true);
    expect(isInverse('future', 'BTC-25DEC26')).toBe(true);
    expect(isInverse('perp', 'BTC_USDC-PERPETUAL')).toBe(false);
    expect(isInverse('option', 'BTC-25DEC26-100000-C')).toBe(false);
    expect(isInverse('spot', 'BTC_USDC')).toBe(false);
  });
});
