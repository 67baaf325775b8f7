import { describe, expect, test } from 'bun:test';
import { redactText, redactValue } from '../../../src/base/redact.ts';

describe('redact', () => {
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
