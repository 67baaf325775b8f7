import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { UsageError } from '../../../src/base/errors.ts';
import { assertMayBind, createTokenCheck, isLoopback } from '../../../src/http/bearer-token.ts';
import { closeMatches } from '../../../src/http/close-match.ts';
import { formatCsv } from '../../../src/http/csv.ts';
import { decodeCursor, encodeCursor } from '../../../src/http/cursor.ts';
import { HttpProblem } from '../../../src/http/problem.ts';
import { RequestRate } from '../../../src/http/request-rate.ts';

describe('close matches', () => {
  const known = ['binance BTC/USDT', 'binance ETH/USDT', 'okx BTC/USDT', 'kraken DOGE/EUR'];

  test('name what a misspelling meant, the closest first', () => {
    expect(closeMatches('binance BTCUSDT', known, 2)).toEqual([
      'binance BTC/USDT',
      'binance ETH/USDT',
    ]);
    expect(closeMatches('okx btc-usd', known, 1)).toEqual(['okx BTC/USDT']);
  });

  test('are none for a text that is like nothing', () => {
    expect(closeMatches('zzzzzzzzzzzz', known, 5)).toEqual([]);
    expect(closeMatches('/-/', known, 5)).toEqual([]);
  });
});

describe('CSV', () => {
  test('quotes what RFC 4180 wants quoted and leaves null empty', () => {
    const rows = [
      { a: 'x,"y"\nz', b: null },
      { a: '', b: 0.1 },
    ];
    expect(formatCsv(['a', 'b'], rows)).toBe('a,b\n"x,""y""\nz",\n,0.1\n');
  });

  test('numbers read back as the same float64', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const line = formatCsv(['v'], [{ v: value }]).split('\n')[1];
        expect(Number(line) === value).toBe(true);
      }),
    );
  });
});

describe('cursors', () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null));

  test('come back as the position they stand for', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.array(part, { maxLength: 5 }), (us, seen, key) => {
        const text = encodeCursor('q', { us, key, seen });
        expect(text).toMatch(/^[\w-]+$/);
        if (text.length <= 1_024) expect(decodeCursor('q', text)).toEqual({ us, key, seen });
      }),
    );
  });

  test('of another query are refused', () => {
    const text = encodeCursor('a', { us: 1, key: [], seen: 1 });
    expect(() => decodeCursor('b', text)).toThrow(HttpProblem);
  });

  test('that nobody gave out are refused, whatever they hold', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (content) => {
        const forged = Buffer.from(content).toString('base64url');
        expect(() => decodeCursor('q', forged)).toThrow(HttpProblem);
        expect(() => decodeCursor('q', content)).toThrow(HttpProblem);
      }),
    );
  });
});

describe('access', () => {
  test('needs no token on loopback only', () => {
    for (const host of [
      '127.0.0.1',
      '127.3.2.1',
      'localhost',
      '::1',
      '[::1]',
      '::ffff:127.0.0.1',
    ]) {
      expect(isLoopback(host)).toBe(true);
    }
    for (const host of ['0.0.0.0', '::', '', '10.0.0.1', '127.evil.example', 'localhost.example']) {
      expect(isLoopback(host)).toBe(false);
    }
  });

  test('refuses to bind where others reach it without a token, in one line', () => {
    expect(() => assertMayBind('0.0.0.0', undefined)).toThrow(UsageError);
    expect(() => assertMayBind('0.0.0.0', undefined)).toThrow(/^http: .*set a token[^\n]*$/);
    expect(() => assertMayBind('0.0.0.0', 'x')).not.toThrow();
    expect(() => assertMayBind('127.0.0.1', '')).toThrow(UsageError);
  });

  test('is granted to the exact token and nothing else', () => {
    const isGranted = createTokenCheck('s3cret-token');
    expect(isGranted('Bearer s3cret-token')).toBe(true);
    expect(isGranted('bearer s3cret-token')).toBe(true);
    for (const header of [undefined, '', 'Bearer', 'Bearer s3cret-toke', 'Basic s3cret-token']) {
      expect(isGranted(header)).toBe(false);
    }
  });
});

describe('the request rate', () => {
  test('admits its burst, then what time earns', () => {
    let nowUs = 0;
    const rate = new RequestRate(2, { wallUs: () => nowUs, monoUs: () => nowUs });
    rate.admit();
    rate.admit();
    expect(() => rate.admit()).toThrow(/2 requests a second/);
    nowUs = 500_000;
    rate.admit();
    expect(() => rate.admit()).toThrow(HttpProblem);
  });
});
