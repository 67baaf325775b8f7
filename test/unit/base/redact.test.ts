import { describe, expect, test } from 'bun:test';
import { redactText, redactUrl, redactValue } from '../../../src/base/redact.ts';

/** A store URL, and as it is shown. */
const URLS: readonly (readonly [url: string, shown: string])[] = [
  ["postgres://w:it's-SECRET@127.0.0.1:1/market", 'postgres://w:***@127.0.0.1:1/market'],
  ['postgres://w:say "SECRET"@db/market', 'postgres://w:***@db/market'],
  ['postgres://w:SECRET with  blanks@db/market', 'postgres://w:***@db/market'],
  ['postgres://w:p%40SECRET%2F%20@db/market', 'postgres://w:***@db/market'],
  ['postgres://w:SECRET@SECRET@db/market', 'postgres://w:***@db/market'],
  ['postgres://w:SECRET/x?y#z@db/market', 'postgres://w:***@db/market'],
  ['postgres://w:SECRET:SECRET//SECRET@db:1/market', 'postgres://w:***@db:1/market'],
  ['postgres://w:SECRET://SECRET@db:1/market', 'postgres://w:***@db:1/market'],
  [
    'postgresql://w@server:SECRET@server.azure:5432/m?x=1',
    'postgresql://w@server:***@server.azure:5432/m?x=1',
  ],
  ["mssql://sa@box:a'b@SECRET@[::1]:1433/m", 'mssql://sa@box:***@[::1]:1433/m'],
  ['postgres://w:SECRET@/market?host=%2Frun', 'postgres://w:***@/market?host=%2Frun'],
  ['postgres://w:@db/market', 'postgres://w:***@db/market'],
];
const INNOCENT = [
  'postgres://w@db:5432/market',
  'postgres://w@server@db:5432/market',
  'postgres://db/market?user=a',
  'sqlite:tickspine.db',
  'sqlite:/data/a:b@c/market.db',
  'sqlite:C:\\data@x\\market.db',
  'sqlite:///data/a:b@c/market.db',
  'wss://stream.binance.com:9443/stream?streams=btcusdt@trade/ethusdt@trade',
];

describe('redact', () => {
  test.each(URLS)('takes the password out of %s, alone and inside a text', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
    expect(redactUrl(shown)).toBe(shown);
    for (const text of ['%', "store '%' is down", 'now %: mail ops@desk.example', '(%), 3 a@b/c']) {
      expect(redactText(text.replace('%', () => url))).toBe(text.replace('%', () => shown));
      expect(redactText(text.replace('%', () => shown))).toBe(text.replace('%', () => shown));
    }
  });

  test.each(INNOCENT)('leaves %s alone', (url) => {
    for (const text of ['%', "'%' is down", '%: mail ops@desk.example']) {
      const whole = text.replace('%', () => url);
      expect(redactText(whole)).toBe(whole);
    }
    if (!url.startsWith('wss:')) expect(redactUrl(url)).toBe(url);
  });

  test('takes the passwords of several URLs out of one text', () => {
    const urls = URLS.filter(([url]) => !url.includes('SECRET://'));
    for (const [first, firstShown] of urls) {
      for (const [second, secondShown] of [
        ...urls,
        ...INNOCENT.map((url) => [url, url] as const),
      ]) {
        const shown = redactText(`${first}, ${second}`);
        expect(shown).toBe(`${firstShown}, ${secondShown}`);
      }
    }
    const hosts =
      "mssql://sa:it's-SECRET@db, mssql://sa:SECRET@SECRET@other: mail ops@desk.example";
    expect(redactText(hosts)).toBe(
      'mssql://sa:***@db, mssql://sa:***@other: mail ops@desk.example',
    );
    const json = JSON.stringify({ a: 'postgres://w:SECRET@db/m', b: 'mail ops@desk/x', c: 1 });
    expect(redactText(json)).toBe(json.replace('SECRET', '***'));
    const text = 'at postgres://w:SECRET@db/market\nat ops@desk/help';
    expect(redactText(text)).toBe(text.replace('SECRET', '***'));
  });

  test('takes a password without a scheme, or in a parameter, out of what should be a URL', () => {
    expect(redactUrl('postgres:w:SECRET@db/market')).toBe('postgres:***@db/market');
    expect(redactUrl('w:SECRET@db/market')).toBe('w:***@db/market');
    expect(redactUrl("postgres://db/m?password=a'SECRET&x=1")).toBe(
      'postgres://db/m?password=***&x=1',
    );
  });

  test('ends soon, whatever the text', () => {
    for (const part of ['a', 'a://b:', 'a://b:c ', 'a://b:c@d ', '@', ' @', "x'"]) {
      const startMs = performance.now();
      redactText(part.repeat(50_000));
      redactText(`postgres://w:${part.repeat(50_000)}`);
      expect(performance.now() - startMs).toBeLessThan(10_000);
    }
  });

  test('takes passwords out of URLs and leaves the rest readable', () => {
    expect(redactText('mssql://sa:p@ss:w0rd@host:1433/db')).toBe('mssql://sa:***@host:1433/db');
    expect(redactText('postgres://host/db?user=a&password=b&ssl=1')).toBe(
      'postgres://host/db?user=a&password=***&ssl=1',
    );
    expect(redactText('sqlite:tickspine.db')).toBe('sqlite:tickspine.db');
    expect(redactText('wss://stream.binance.com:9443/stream')).toBe(
      'wss://stream.binance.com:9443/stream',
    );
  });

  test('takes members with secret names out, however deep', () => {
    const value = { http: { token: 'abc', listen: 'x' }, list: [{ apiKey: 'k', tokens: 3 }] };
    const text = JSON.stringify(redactValue(value));
    expect(text).not.toContain('abc');
    expect(text).not.toContain('"k"');
    expect(text).toContain('"listen":"x"');
  });

  test('ends at a cycle', () => {
    const value: Record<string, unknown> = { name: 'a' };
    value.self = value;
    expect(JSON.stringify(redactValue(value))).toContain('[deep]');
  });
});
