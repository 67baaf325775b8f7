/** Perpetuals and spot pairs of one feed, in our spelling and in the venue's. */
import { describe, expect, test } from 'bun:test';
import { feed } from './feed.ts';

function parse(text: string): string {
  const parsed = feed.parseSymbol(text);
  if (!parsed.ok) return parsed.reason;
  const { symbol, marketType, venueSymbol, listed } = parsed;
  return `${symbol} ${marketType} ${venueSymbol}${listed ? '' : ' unlisted'}`;
}

describe('a perpetual', () => {
  test('is meant by the canonical symbol, the settled one and the venue’s own', () => {
    for (const text of ['BTC/USDC', 'BTC/USDC:USDC', 'BTC', ' btc/usdc ']) {
      expect(parse(text)).toBe('BTC/USDC perp BTC');
    }
  });

  test('of a thousand coins has a small k', () => {
    for (const text of ['kPEPE', 'kPEPE/USDC', 'KPEPE/USDC', '1000PEPE/USDC']) {
      expect(parse(text)).toBe('kPEPE/USDC perp kPEPE');
    }
  });

  test('that shares its symbol with a spot pair wins', () => {
    expect(parse('HYPE/USDC')).toBe('HYPE/USDC perp HYPE');
    expect(parse('@107')).toBe('HYPE/USDC spot @107');
  });

  test('the list has not is understood and not listed, its case kept', () => {
    expect(parse('Newcoin/USDC')).toBe('Newcoin/USDC perp Newcoin unlisted');
  });

  test('of a builder keeps its dex', () => {
    expect(parse('xyz:TSLA')).toBe('xyz.TSLA/USDC perp xyz:TSLA unlisted');
    expect(parse('xyz.TSLA/USDC')).toBe('xyz.TSLA/USDC perp xyz:TSLA unlisted');
    expect(parse('hyna.BTC/USDE')).toBe('hyna.BTC/USDE perp hyna:BTC unlisted');
  });
});

describe('a spot pair', () => {
  test('is meant by its number or by a symbol no perpetual has', () => {
    expect(parse('@142')).toBe('UBTC/USDC spot @142');
    expect(parse('UBTC/USDC')).toBe('UBTC/USDC spot @142');
    expect(parse('PURR/USDC')).toBe('PURR/USDC spot PURR/USDC');
  });

  test('of an unknown number is refused: it differs by network', () => {
    expect(parse('@9999')).toContain('differs by network');
  });
});

test('what the venue cannot have is refused with the reason', () => {
  expect(parse('BTC/USDC-260925')).toContain('no dated contracts');
  expect(parse('BTC/USDT')).toContain('USDC');
  expect(parse('BTC/USDC:BTC')).toContain('settle');
  expect(parse('#17')).toContain('outcome');
  expect(parse('')).toContain('BASE/QUOTE');
});

test('the catalogue is understood, each symbol as itself', () => {
  for (const symbol of feed.catalogue) {
    const parsed = feed.parseSymbol(symbol);
    expect(parsed.ok && parsed.listed ? parsed.symbol : parsed).toBe(symbol);
  }
  expect(new Set(feed.catalogue).size).toBe(feed.catalogue.length);
});
