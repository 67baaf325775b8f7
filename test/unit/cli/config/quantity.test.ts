import { describe, expect, test } from 'bun:test';
import { parseAddress, parseDuration, parseSize } from '../../../../src/cli/config/quantity.ts';

describe('quantities', () => {
  test('durations need a unit', () => {
    expect(parseDuration('500ms')).toBe(500);
    expect(parseDuration('30s')).toBe(30_000);
    expect(parseDuration('2m')).toBe(120_000);
    expect(parseDuration('1.5h')).toBe(5_400_000);
    expect(parseDuration('1d')).toBe(86_400_000);
    for (const text of [
      '',
      '30',
      's',
      '-1s',
      '1 year',
      '1e3s',
      '1S',
      '1s2',
      '99999999999999999d',
    ]) {
      expect(parseDuration(text)).toBeUndefined();
    }
  });

  test('sizes tell powers of 1000 and of 1024 apart', () => {
    expect(parseSize('8MiB')).toBe(8 * 2 ** 20);
    expect(parseSize('1GB')).toBe(1e9);
    expect(parseSize('512 KiB')).toBe(512 * 1024);
    expect(parseSize('100B')).toBe(100);
    for (const text of ['', '8', '8M', '-8MiB', '0.3B', '8MiBB', '1ib']) {
      expect(parseSize(text)).toBeUndefined();
    }
  });

  test('addresses are a host and a port', () => {
    expect(parseAddress('0.0.0.0:80')).toEqual({ hostname: '0.0.0.0', port: 80 });
    expect(parseAddress(':8710')).toEqual({ hostname: '127.0.0.1', port: 8710 });
    expect(parseAddress('[::1]:1')).toEqual({ hostname: '::1', port: 1 });
    for (const text of [
      '',
      '8710',
      'host',
      'host:',
      'host:65536',
      'a b:1',
      '::1:80',
      'http://x:1',
    ]) {
      expect(parseAddress(text)).toBeUndefined();
    }
  });
});
