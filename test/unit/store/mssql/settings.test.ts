/** Store URLs: what they may say, and one clear line when they do not. */
import { describe, expect, test } from 'bun:test';
import { readSettings } from '../../../../src/store/mssql/settings.ts';

describe('mssql URL', () => {
  test('gives host, port, user, database and safe defaults', () => {
    expect(readSettings('mssql://writer:p%40ss%2F@db.example/market')).toEqual({
      host: 'db.example',
      port: 1433,
      user: 'writer',
      password: 'p@ss/',
      database: 'market',
      encrypt: true,
      trustServerCertificate: false,
      serverName: undefined,
      isReadOnlyIntent: false,
      mode: 'global',
      resample: 'reader',
      timeoutMs: 15_000,
      connectTimeoutMs: 15_000,
      where: 'db.example:1433/market',
    });
  });

  test('takes every parameter', () => {
    const url =
      'mssql://u:p@10.0.0.5:1500/m?encrypt=true&serverName=db.example&applicationIntent=ReadOnly' +
      '&mode=per_pair&timeout_ms=2500&connect_timeout_ms=3000&trustServerCertificate=true';
    expect(readSettings(url)).toMatchObject({
      port: 1500,
      serverName: 'db.example',
      isReadOnlyIntent: true,
      mode: 'per_pair',
      timeoutMs: 2_500,
      connectTimeoutMs: 3_000,
      trustServerCertificate: true,
    });
    expect(readSettings('mssql://u:p@h/m?encrypt=strict').encrypt).toBe('strict');
    expect(readSettings('mssql://u:p@127.0.0.1/m?encrypt=false').serverName).toBeUndefined();
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['mssql://u:p@h', /names no host and database/],
    ['mssql://h/m', /names no user/],
    ['mssql://u:p@h/m?encript=true', /unknown parameter 'encript'/],
    ['mssql://u:p@h/m?encrypt=yes', /encrypt=yes is not one of true, false, strict/],
    ['mssql://u:p@h/m?timeout_ms=soon', /timeout_ms=soon is no number > 0/],
    ['mssql://u:p@h/m%', /has a % that encodes nothing: percent-encode/],
    ['mssql://u:p%@h/m', /has a % that encodes nothing: percent-encode.*%25/],
    ['mssql://u:p/hush@h/m', /percent-encode.*%2F/],
    ['mssql://u:1?hush@h/m', /percent-encode/],
    ['mssql://u:p#hush@h/m', /percent-encode/],
    ['mssql://u:p@10.0.0.5/m', /10\.0\.0\.5 is an address: add serverName=NAME/],
  ];
  for (const [url, line] of wrong) {
    test(`refuses ${url} with a line that names the fault and no password`, () => {
      let text = '';
      try {
        readSettings(url.replace(':p@', ':hush@'));
      } catch (error) {
        text = String((error as Error).message);
      }
      expect(text).toMatch(line);
      expect(text).not.toContain('hush');
      expect(text).not.toContain('\n');
    });
  }
});
