import { describe, expect, test } from 'bun:test';
import { summarise } from '../../../src/cli/summary.ts';
import { summaryText } from '../../../src/cli/terminal/summary-text.ts';
import type { EngineView } from '../../../src/engine/engine-view.ts';
import { plainEngineView, plainFeed, plainInstrument } from '../../support/plain-engine-view.ts';

const FACTS = { command: 'collect', exitReason: 'duration', store: 'sqlite:a.db' };
const writer = {
  ...plainEngineView(state([])).writer(),
  trades: 100,
  trade_duplicates: 7,
  quotes: 50,
  book_snapshots: 3,
  candles: 4,
  gaps: 2,
};

function state(feeds: ReturnType<typeof plainFeed>[]) {
  const plain = { instruments: [], live: [], timeframes: [], spoolBatches: 0 };
  return { ...plain, feeds, storeUrl: 'sqlite:a.db' };
}

function view(): EngineView {
  const spot = plainFeed(plainInstrument(0, 'binance', 'BTC/USDT', 'spot'), {
    counters: {
      frames: 200,
      trades: 90,
      trades_refilled: 10,
      trade_duplicates: 5,
      quotes: 50,
      book_updates: 40,
      trade_gaps: 3,
      trade_gaps_repaired: 2,
      trade_gaps_open: 1,
      frames_dropped: 1,
      deltas_dropped: 2,
      quotes_conflated: 4,
      book_resyncs: 6,
      bbo_checked: 30,
      checksums_verified: 12,
      clock_offset_us: -100,
    },
  });
  const usdm = plainFeed(plainInstrument(1, 'binance', 'BTC/USDT', 'perp'), {
    problem: 'venue refuses connections',
    counters: { frames: 11, trades: 1, trade_gaps: 1, trade_gaps_open: 1, checksums_failed: 1 },
  });
  return { ...plainEngineView(state([spot, usdm])), writer: () => writer };
}

describe('summary', () => {
  test('sums up feeds and tells stored, repeated and already stored trades apart', () => {
    const summary = summarise(view(), FACTS);
    expect(summary).toMatchObject({
      command: 'collect',
      exit_reason: 'duration',
      duration_s: 60,
      frames: 211,
      received: 196,
      stored: { trades: 100, quotes: 50, orderbook_snapshots: 3, candles: 4, data_quality: 2 },
      trades: 107,
      trades_already_stored: 7,
      duplicates: 5,
      gaps: 4,
      repaired: 2,
      open_gaps: 2,
      dropped: 3,
      conflated: 4,
      resyncs: 6,
      bbo_checked: 30,
      bbo_mismatched: 0,
      checksums_verified: 12,
      checksums_failed: 1,
      restarts: 2,
    });
    expect(summary.venues.map((feed) => feed.received)).toEqual([195, 1]);
  });

  test('gives latencies raw and with the clocks aligned', () => {
    const [feed] = summarise(view(), FACTS).venues;
    expect(feed?.latency.venue_to_received).toMatchObject({ count: 4, p50_us: 250, p99_us: 900 });
    expect(feed?.latency.venue_to_received_corrected).toMatchObject({ p50_us: 350, p99_us: 1000 });
  });

  test('is valid JSON in one line, with null for latencies nobody measured', () => {
    const empty = { count: 0, p50: Number.NaN, p99: 0, p999: 0, max: 0 };
    const [feed] = view().feeds();
    if (feed === undefined) throw new Error('no feed');
    const quiet = { ...feed, latency: { ...feed.latency, venue_to_received: empty } };
    const text = JSON.stringify(summarise({ ...view(), feeds: () => [quiet] }, FACTS));
    expect(text).not.toContain('\n');
    expect(JSON.parse(text).venues[0].latency.venue_to_received).toEqual({
      count: 0,
      p50_us: null,
      p99_us: null,
      p999_us: null,
      max_us: null,
    });
  });

  test('reads as a table for a person, with what went wrong', () => {
    const text = summaryText(summarise(view(), FACTS));
    expect(text).toContain('collect: 00:01:00, ended by duration');
    expect(text).toMatch(/^binance\.spot +195 +4 +5 +3 +2 +1 +3 +0 +6 +30 +0$/m);
    expect(text).toMatch(/venue → received, clocks aligned +4 +350 µs +1\.00 ms/);
    expect(text).toContain(
      'to sqlite:a.db, changes included: trades 100, quotes 50, orderbook_snapshots 3, candles 4',
    );
    expect(text).toContain('7 trades were there already');
    expect(text).toContain('! binance.usdm: venue refuses connections');
    expect(text).toContain('! workers restarted 2 times');
    expect(text).toContain('! 1 book checksums of 13 failed');
    expect(text).toEndWith('\n');
  });
});
