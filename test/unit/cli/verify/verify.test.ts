import { describe, expect, test } from 'bun:test';
import { runCli } from '../../../../src/cli/run-cli.ts';
import { tradePages } from '../../../../src/cli/verify/trade-pages.ts';
import type { TradeRow } from '../../../../src/store/contract.ts';
import { marketSeed, memoryRows } from '../../../support/market-seed.ts';
import { type MemoryRows, memoryReader } from '../../../support/memory-reader.ts';
import { plainIo, plainParts } from '../../../support/plain-cli.ts';

const FLAGS = ['--timeframe', '1m', '5m', '--json'];

function rowsOfSeed(): MemoryRows {
  const rows = memoryRows(marketSeed(), ['1m', '5m']);
  // Gaps of the seed name ids that are there; the ledger of these tests is their own.
  rows.gaps.length = 0;
  return rows;
}

async function verify(rows: MemoryRows, ...flags: string[]) {
  const io = plainIo();
  const reader = memoryReader(rows);
  const code = await runCli(['verify', ...flags], io, plainParts({ reader }));
  return { code, text: io.out.join(''), err: io.err };
}

async function verifyJson(rows: MemoryRows) {
  const { code, text } = await verify(rows, ...FLAGS);
  return { code, result: JSON.parse(text) };
}

describe('verify', () => {
  test('proves a whole store', async () => {
    const { code, result } = await verifyJson(rowsOfSeed());
    expect(code).toBe(0);
    expect(result.ok).toBe(true);
    expect(result.instruments).toHaveLength(3);
    expect(result.instruments[0]).toMatchObject({
      venue: 'binance',
      proof: 'ids',
      trades: 840,
      first_id: 1000,
      last_id: 1839,
      candles_checked: 36,
      candles_behind: 0,
      wrong_candles: [],
      unexplained_holes: [],
    });
  });

  test('fails on a missing trade and says which, by id and by candle', async () => {
    const rows = rowsOfSeed();
    rows.trades.splice(400, 1);
    const { code, result } = await verifyJson(rows);
    expect(code).toBe(1);
    expect(result.ok).toBe(false);
    expect(result.instruments[0].unexplained_holes).toEqual([
      { from_id: 1400, to_id: 1400, missing: 1, claim: 'nothing' },
    ]);
    expect(result.instruments[0].wrong_candles[0].reason).toMatch(/^trade_count: stored 28, from/);
    const { text } = await verify(rows, '--timeframe', '1m');
    expect(text).toContain('! hole: ids 1400 to 1400 (1), the store says nothing');
    expect(text).toContain('NOT verified');
  });

  test('takes a hole that the ledger has as open', async () => {
    const rows = rowsOfSeed();
    const [lost] = rows.trades.splice(400, 1);
    if (lost === undefined) throw new Error('no trade');
    for (const candle of rows.candles) {
      const isOver = candle.ts_us <= lost.ts_us && lost.ts_us < candle.ts_us + 3e8;
      if (isOver) Object.assign(candle, { state: 'partial' });
    }
    rows.gaps.push({
      venue: lost.venue,
      symbol: lost.symbol,
      market_type: lost.market_type,
      kind: 'trade_gap',
      from_id: 1400,
      to_id: 1400,
      from_us: lost.ts_us,
      to_us: lost.ts_us,
      cause: 'disconnect',
      detected_us: lost.ts_us,
      repaired: 0,
      repaired_us: null,
      how: null,
    });
    const { code, result } = await verifyJson(rows);
    expect(result.instruments[0]).toMatchObject({ gaps_open: 1, ids_in_open_gaps: 1 });
    expect(code).toBe(0);
  });

  const faults: readonly (readonly [name: string, change: object, reason: RegExp])[] = [
    ['close', { close: 1 }, /^close: stored 1, from trades \d/],
    ['high', { high: 1e9 }, /^high: stored 1000000000, from trades/],
    ['volume', { volume: 1 }, /^volume: stored 1, from trades/],
    ['buy volume', { buy_volume: 0 }, /^buy_volume: stored 0, from trades/],
  ];
  test.each(faults)('fails on a candle with a wrong %s', async (_name, change, reason) => {
    const rows = rowsOfSeed();
    Object.assign(rows.candles[3] ?? {}, change);
    const { code, result } = await verifyJson(rows);
    expect(code).toBe(1);
    expect(result.instruments[0].wrong_candles).toHaveLength(1);
    expect(result.instruments[0].wrong_candles[0].reason).toMatch(reason);
  });

  test('fails on a candle that is missing and on one that no trade made', async () => {
    const missing = rowsOfSeed();
    missing.candles.splice(3, 1);
    const { result } = await verifyJson(missing);
    expect(result.instruments[0].wrong_candles).toMatchObject([
      { timeframe: '1m', state: 'missing', reason: 'no candle, but trades' },
    ]);
    const extra = rowsOfSeed();
    extra.trades.splice(28, 28);
    const { code, result: found } = await verifyJson(extra);
    expect(code).toBe(1);
    expect(JSON.stringify(found.instruments[0].wrong_candles)).toContain('28 trades, but none');
  });

  test('lets the newest candle be behind: the recorder may be at work', async () => {
    const rows = rowsOfSeed();
    const newest = rows.candles.findIndex((c, i) => rows.candles[i + 1]?.symbol !== c.symbol);
    rows.candles.splice(29, 1);
    expect(newest).toBeGreaterThan(0);
    const { code, result } = await verifyJson(rows);
    expect(result.instruments[0]).toMatchObject({ candles_behind: 1, wrong_candles: [] });
    expect(code).toBe(0);
  });
});

test('pages give every trade once, in order, though many share one time', async () => {
  const rows = rowsOfSeed();
  const [first] = rows.instruments;
  if (first === undefined) throw new Error('no instrument');
  for (const pageRows of [1, 2, 6, 7, 8, 100, 10_000]) {
    const seen: TradeRow[] = [];
    for await (const page of tradePages(memoryReader(rows), first, pageRows)) seen.push(...page);
    expect(seen.map((row) => row.trade_id)).toEqual(
      Array.from({ length: 840 }, (_, i) => 1000 + i),
    );
  }
});

test('inspect shows tables, instruments, sessions and open gaps', async () => {
  const rows = memoryRows(marketSeed(), ['1m']);
  rows.sessions.push({
    sessionId: 's-1',
    startedUs: 1e15,
    command: 'collect',
    version: '0.1.0',
    host: 'h',
    config: '{}',
    endedUs: null,
    summary: null,
  });
  const io = plainIo();
  const parts = plainParts({ reader: memoryReader(rows) });
  expect(await runCli(['inspect', '--json', '--gaps', '2'], io, parts)).toBe(0);
  const facts = JSON.parse(io.out.join(''));
  expect(facts.instruments).toHaveLength(3);
  expect(facts.gaps).toEqual([{ kind: 'trade_gap', open: 3, repaired: 3 }]);
  expect(facts.open_gaps).toHaveLength(2);
  expect(facts.sessions[0]).toMatchObject({ session_id: 's-1', ended_us: null });
  const person = plainIo();
  expect(await runCli(['inspect'], person, parts)).toBe(0);
  const text = person.out.join('');
  expect(text).toContain('binance BTC/USDT spot');
  expect(text).toContain('at work or killed');
  expect(text).toContain('open trade_gap: ');
});
