import { describe, expect, test } from 'bun:test';
import { UsageError } from '../../../../src/base/errors.ts';
import { ConfigSource } from '../../../../src/cli/config/config-source.ts';
import { checkConfig } from '../../../../src/cli/config/load-config.ts';

const FILE = 'tickspine.yaml';

function check(text: string, environment: Record<string, string> = {}) {
  return checkConfig(ConfigSource.fromText(FILE, text, environment));
}

function problemOf(text: string, environment: Record<string, string> = {}): string {
  try {
    check(text, environment);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('config', () => {
  test('an empty file is the defaults', () => {
    const { config } = check('');
    expect(config).toEqual(checkConfig(ConfigSource.defaults()).config);
    expect(Object.keys(config.feeds)).toEqual(['binance.spot', 'binance.usdm']);
    expect(config.feeds['binance.spot']?.symbols).toEqual(['BTC/USDT', 'ETH/USDT']);
    expect(config.candles.timeframes).toEqual(['1s', '1m', '5m', '15m', '1h', '4h', '1d']);
    expect(config.rings).toEqual({
      writer: 8 * 2 ** 20,
      aggregator: 4 * 2 ** 20,
      candles: 2 ** 20,
      backlog: 32 * 2 ** 20,
    });
    expect(config.repair).toEqual({ max_trades: 1_000_000, grace_ms: 300 });
    expect(config.book).toEqual({ depth: 20, interval: 100, deltas: false });
    expect(config.http.listen).toEqual({ hostname: '127.0.0.1', port: 8710 });
    expect(config.writer.spool_max).toBe(2 ** 30);
    expect(config.shutdown_ms).toBe(5000);
    expect(config.store).toBe('sqlite:tickspine.db');
  });

  const problems: readonly (readonly [yaml: string, line: string])[] = [
    ['stor: x', "stor: unknown key; did you mean 'store'? (line 1)"],
    ['book:\n  dept: 5', "book.dept: unknown key; did you mean 'depth'? (line 2)"],
    [
      'feeds:\n  binance.spot:\n    symbols: [BTC/USDT]\n    chanels: [trades]',
      "feeds.binance.spot.chanels: unknown key; did you mean 'channels'? (line 4)",
    ],
    [
      'feeds:\n  binance.spot:\n    symbols: [BTC/USDT]\n    channels: [trade]',
      "feeds.binance.spot.channels[0]: 'trade' is not one of trades, quotes, book, derivative, " +
        "liquidations; did you mean 'trades'? (line 4)",
    ],
    [
      'feeds:\n  binance.spot: {}',
      'feeds.binance.spot.symbols: is missing: a list is needed (line 2)',
    ],
    [
      'feeds:\n  binance.spot:\n    symbols: []',
      'feeds.binance.spot.symbols: the list is empty (line 3)',
    ],
    [
      'candles:\n  timeframes:\n    - 1m\n    - 5x',
      "candles.timeframes[1]: '5x' is not a timeframe: a count and one of s, m, h, d, w, M, " +
        'such as 5m (line 4)',
    ],
    [
      'candles: {timeframes: [1m, 60s]}',
      "candles.timeframes[1]: '60s' is the same as candles.timeframes[0] (line 1)",
    ],
    ['stats_interval: 10', 'stats_interval: 10 is not a text (line 1)'],
    [
      'stats_interval: soon',
      "stats_interval: 'soon' is not a duration such as 500ms, 30s, 2m, 1h (line 1)",
    ],
    ['rings:\n  writer: 3MiB', 'rings.writer: 3145728 bytes is not a power of two (line 2)'],
    ['rings: {writer: 8M}', "rings.writer: '8M' is not a size such as 512KiB, 8MiB, 1GiB (line 1)"],
    ['rings: {candles: 4KiB}', 'rings.candles: must be between 64KiB and 1GiB (line 1)'],
    ['book: {depth: 0}', 'book.depth: 0 is less than 1 (line 1)'],
    ['book: {depth: 1.5}', 'book.depth: 1.5 is not a whole number (line 1)'],
    ['writer:', 'writer: nothing is not a section of keys (line 1)'],
    [
      'http: {listen: 8710x}',
      "http.listen: '8710x' is not off or an address such as 127.0.0.1:8710 (line 1)",
    ],
    ['- a', 'a list is not a section of keys'],
    [
      'log_level: loud',
      "log_level: 'loud' is not one of debug, info, warn, error, silent (line 1)",
    ],
    ['http: {token: "a b"}', 'http.token: must not be empty or hold blanks (line 1)'],
  ];
  test.each(problems)('%j is one line about its place', (yaml, line) => {
    expect(problemOf(yaml)).toBe(`config ${FILE}: ${line}`);
  });

  test('broken YAML names line and column', () => {
    expect(problemOf('book:\n  depth: [1')).toMatch(
      /^config tickspine\.yaml: line \d+, column \d+: /,
    );
    expect(problemOf('store: a\nstore: b')).toContain('line 2');
    expect(problemOf('book:\n\tdepth: 1')).not.toContain('\n');
  });

  test('a variable stands for its value and is never shown', () => {
    const { config, source } = check('store: mssql://sa:${PW}@h/d', { PW: 'hunter2' });
    expect(config.store).toBe('mssql://sa:hunter2@h/d');
    expect(source.shown(['store'], config.store)).toBe('mssql://sa:${PW}@h/d');
    expect(source.problem(['store'], `'${config.store}' is odd`).message).not.toContain('hunter2');
    const line = problemOf('stats_interval: ${EVERY}', { EVERY: 'topsecret' });
    expect(line).toBe(
      'config tickspine.yaml: stats_interval: ' +
        "'${EVERY}' is not a duration such as 500ms, 30s, 2m, 1h (line 1)",
    );
    expect(problemOf('log_level: x${A}y', { A: 'topsecret' })).not.toContain('topsecret');
  });

  test('a variable in the login of a URL is percent-encoded, elsewhere it is not', () => {
    const environment = { WHO: 'me@desk', PW: 'a/b?#%40 "x"', LOGIN: 'u:p@h', DB: 'a%20b' };
    const urlOf = (store: string) => check(`store: "${store}"`, environment).config.store;
    const encoded = encodeURIComponent(environment.PW);
    expect(urlOf('mssql://${WHO}:${PW}@h/${DB}')).toBe(`mssql://me%40desk:${encoded}@h/a%20b`);
    expect(decodeURIComponent(new URL(urlOf('mssql://sa:x${PW}@h/d')).password)).toBe(
      `x${environment.PW}`,
    );
    expect(urlOf('mssql://${LOGIN}/d')).toBe('mssql://u:p@h/d');
    expect(urlOf('${PW}')).toBe(environment.PW);
    const { config, source } = check('store: mssql://sa:${PW}@h/d', environment);
    for (const text of [config.store, environment.PW, `the password ${encoded}`]) {
      expect(source.masked(text)).toContain('${PW}');
      expect(source.masked(text)).not.toMatch(/%2F|a\/b/);
    }
  });

  test('a missing, empty or misspelt variable is named', () => {
    const yaml = 'http:\n  token: ${TS_TOKEN}';
    const line = (state: string) =>
      `config tickspine.yaml: http.token: environment variable TS_TOKEN is ${state} (line 2)`;
    expect(problemOf(yaml)).toBe(line('not set'));
    expect(problemOf(yaml, { TS_TOKEN: '' })).toBe(line('empty'));
    expect(problemOf('store: ${a-b}')).toContain(
      '${a-b} is not the name of an environment variable',
    );
    expect(
      problemOf('feeds:\n  binance.spot:\n    symbols:\n      - A/B\n      - ${SYMBOL}'),
    ).toContain('feeds.binance.spot.symbols[1]: environment variable SYMBOL is not set (line 5)');
  });
});
