import { describe, expect, test } from 'bun:test';
import { UsageError } from '../../../../src/base/errors.ts';
import { ConfigSource } from '../../../../src/cli/config/config-source.ts';
import { checkConfig } from '../../../../src/cli/config/load-config.ts';
import {
  type Overrides,
  type ResolveRules,
  resolveConfig,
} from '../../../../src/cli/config/resolve-config.ts';
import { plainVenues } from '../../../support/plain-feed-module.ts';

const RULES: ResolveRules = {
  command: 'collect',
  version: '0.1.0',
  directory: '/srv/data',
  venues: plainVenues(),
  storeSchemes: ['sqlite', 'mssql'],
};

function resolve(
  yaml: string,
  overrides: Overrides = {},
  rules: Partial<ResolveRules> = {},
  environment: Record<string, string> = {},
) {
  const loaded = checkConfig(ConfigSource.fromText('tickspine.yaml', yaml, environment));
  return resolveConfig(loaded, overrides, { ...RULES, ...rules });
}

function problemOf(...args: Parameters<typeof resolve>): string {
  try {
    resolve(...args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no problem';
}

const spot = (symbols: string, more = '') =>
  `feeds:\n  binance.spot:\n    symbols: [${symbols}]\n${more}`;

describe('resolveConfig', () => {
  test('gives the engine dense instruments, feeds and bytes', () => {
    const { engine, http, statsIntervalMs } = resolve('');
    expect(
      engine.instruments.map(({ index, feed, symbol, marketType, tape }) => ({
        index,
        feed,
        symbol,
        marketType,
        tape,
      })),
    ).toEqual([
      { index: 0, feed: 'binance.spot', symbol: 'BTC/USDT', marketType: 'spot', tape: 'trade' },
      { index: 1, feed: 'binance.spot', symbol: 'ETH/USDT', marketType: 'spot', tape: 'trade' },
      { index: 2, feed: 'binance.usdm', symbol: 'BTC/USDT', marketType: 'perp', tape: 'aggTrade' },
      { index: 3, feed: 'binance.usdm', symbol: 'ETH/USDT', marketType: 'perp', tape: 'aggTrade' },
    ]);
    expect(engine.feeds[0]).toEqual({
      feed: 'binance.spot',
      venue: 'binance',
      urls: { ws: 'wss://binance.spot', rest: 'https://binance.spot' },
      channels: ['trades', 'quotes', 'book'],
      staleAfterUs: {},
    });
    expect(engine.writer.spoolDir).toBe('/srv/data/spool');
    expect(engine.rings.writerBytes).toBe(2 ** 23);
    expect(engine.captureDir).toBeUndefined();
    expect(http).toEqual({ hostname: '127.0.0.1', port: 8710, token: undefined });
    expect(statsIntervalMs).toBe(10_000);
  });

  test('takes a feed its own URLs, tape and stale times', () => {
    const yaml = `feeds:
  binance.usdm:
    symbols: [BTCUSDT]
    trades: trade
    urls: {ws: ws://127.0.0.1:1}
    stale_after: {book: 5s}`;
    const { engine } = resolve(yaml);
    expect(engine.instruments[0]).toMatchObject({ symbol: 'BTC/USDT', tape: 'trade' });
    expect(engine.feeds[0]).toMatchObject({
      urls: { ws: 'ws://127.0.0.1:1', rest: 'https://binance.usdm' },
      staleAfterUs: { book: 5_000_000 },
    });
  });

  test('lets options win over the file', () => {
    const plan = resolve('store: sqlite:a.db\nhttp: {listen: off}\nlog_level: warn', {
      stores: ['sqlite:b.db'],
      http: { hostname: '127.0.0.1', port: 1 },
      captureDir: 'caps',
      statsIntervalMs: 50,
      logLevel: 'debug',
    });
    expect(plan.engine.storeUrls).toEqual(['sqlite:b.db']);
    expect(plan.engine.captureDir).toBe('/srv/data/caps');
    expect(plan.engine.logLevel).toBe('debug');
    expect(plan.http?.port).toBe(1);
    expect(plan.statsIntervalMs).toBe(50);
    expect(resolve('', { http: 'off' }).http).toBeUndefined();
  });

  test('keeps secrets out of what the session records', () => {
    const yaml = 'store: mssql://sa:${PW}@h/d\nhttp: {token: inline}';
    const { engine } = resolve(yaml, {}, {}, { PW: 'hunter2' });
    expect(engine.storeUrls[0]).toContain('hunter2');
    expect(engine.configJson).not.toContain('hunter2');
    expect(engine.configJson).not.toContain('inline');
    expect(JSON.parse(engine.configJson)).toMatchObject({ http: { has_token: true } });
    const typed = resolve('', { stores: ['mssql://sa:hunter2@h/d'] });
    expect(typed.engine.configJson).not.toContain('hunter2');
  });

  const at = 'config tickspine.yaml: feeds.binance.spot.';
  test('names symbols nobody knows, with close matches and the way out', () => {
    expect(problemOf(spot('BTC/USDT, BTC/USDD'))).toBe(
      `${at}symbols[1]: binance.spot does not list 'BTC/USDD'; ` +
        'close matches: BTC/USDC, BTC/USDT, ETH/USDT; ' +
        'allow_unlisted: true takes it as it is (line 3)',
    );
    expect(problemOf(spot('"B U"'))).toContain("symbols[0]: 'B U' is not BASE/QUOTE");
    expect(problemOf(spot('NEW/USDT', 'allow_unlisted: true'))).toBe('no problem');
    expect(problemOf(spot('NEW/USDT'), { allowUnlisted: true })).toBe('no problem');
    expect(problemOf(spot('BTC/USDT, BTCUSDT'))).toBe(
      `${at}symbols[1]: 'BTCUSDT' is the same instrument as feeds.binance.spot.symbols[0] ` +
        '(binance BTC/USDT spot) (line 3)',
    );
  });

  test('names feeds, channels and tapes that are not on offer', () => {
    expect(problemOf('feeds: {binance.coinm: {symbols: [A/B]}}')).toBe(
      "config tickspine.yaml: feeds.binance.coinm: binance has no feed 'binance.coinm'; " +
        'it has binance.spot, binance.usdm (line 1)',
    );
    expect(problemOf('feeds: {binanc.spot: {symbols: [A/B]}}')).toContain(
      "no venue has a feed 'binanc.spot'; did you mean 'binance.spot'?",
    );
    expect(problemOf('feeds: {}')).toContain('feeds: no feed is configured');
    expect(problemOf(spot('BTC/USDT', '    channels: [liquidations]'))).toBe(
      `${at}channels[0]: binance.spot has no channel 'liquidations'; ` +
        'it has trades, quotes, book (line 4)',
    );
    expect(problemOf(spot('BTC/USDT', '    channels: [book, book]'))).toContain("'book' twice");
    expect(problemOf(spot('BTC/USDT', '    trades: aggTrade'))).toBe(
      `${at}trades: binance.spot has no tape 'aggTrade'; it has trade (line 4)`,
    );
  });

  test('wants symbols of the embedded exchange when that is recorded', () => {
    const simulated = (feed: string) => (feed === 'binance.spot' ? ['BTC/USDT'] : undefined);
    expect(problemOf(spot('BTC/USDT'), {}, { simulated })).toBe('no problem');
    expect(problemOf(spot('ETH/USDT'), {}, { simulated })).toContain(
      "symbols[0]: the embedded exchange does not trade binance.spot 'ETH/USDT'",
    );
  });

  test('refuses stores of no known kind and addresses open to others without a token', () => {
    expect(problemOf('store: oracle:x')).toBe(
      "config tickspine.yaml: store: 'oracle:x' is not a store URL; " +
        'this build has sqlite:…, mssql:… (line 1)',
    );
    expect(problemOf('', { stores: ['tickspine.db'] })).toStartWith('option --store: ');
    expect(problemOf('http: {listen: 0.0.0.0:80}')).toContain('http.listen: ');
    expect(problemOf('http: {listen: 0.0.0.0:80, token: abc}')).toBe('no problem');
    expect(problemOf('', { http: { hostname: '0.0.0.0', port: 80 } })).toStartWith(
      'option --http: ',
    );
  });
});
