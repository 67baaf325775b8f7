/**
 * The keeper on two real captures, parsed by JSON.parse: every id, every quote that can be
 * checked.
 */
import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { captureEvents } from '../../../../src/net/capture-reader.ts';
import type { BookRule, DepthMessage, QuoteMessage } from '../../../../src/venues/contract.ts';
import { dispatchBinance, spotRule, usdmRule } from '../../../support/binance-messages.ts';
import { BookHostProbe } from '../../../support/book-host.ts';

const DIR = join(import.meta.dir, '../../../../../shared/captures');

interface CaptureCase {
  readonly name: string;
  readonly file: string;
  readonly rule: BookRule;
  readonly checks: number;
}

const CASES: readonly CaptureCase[] = [
  {
    name: 'binance spot',
    file: 'binance-spot-btcusdt-20240808.cap.gz',
    rule: spotRule,
    checks: 564,
  },
  {
    name: 'binance usdm',
    file: 'binance-usdm-ethusdt-20240808.cap.gz',
    rule: usdmRule,
    checks: 551,
  },
];

interface Replay {
  readonly probe: BookHostProbe;
  readonly quotes: readonly QuoteMessage[];
  readonly lastDepth: DepthMessage;
  readonly brokenUs: number;
}

/** `tickUs` 0: no ticks between the frames. */
async function replay(capture: CaptureCase, tickUs: number): Promise<Replay> {
  const probe = new BookHostProbe({ rule: capture.rule, depth: 10, intervalUs: 100_000 });
  const { keeper } = probe;
  const quotes: QuoteMessage[] = [];
  let lastDepth: DepthMessage | undefined;
  let brokenUs = 0;
  let tickedUs = Number.NaN;
  for await (const event of captureEvents([join(DIR, capture.file)])) {
    const { recvUs } = event;
    if (Number.isNaN(tickedUs)) tickedUs = recvUs;
    for (; tickUs > 0 && tickedUs <= recvUs; tickedUs += tickUs) keeper.onTick(tickedUs);
    const wasValid = keeper.valid;
    dispatchBinance(event.kind, event.text(), recvUs, {
      onDepth: (message) => {
        lastDepth = message;
        keeper.onDepth(message, recvUs);
      },
      onRestSnapshot: (message) => keeper.onRestSnapshot(message, recvUs),
      onQuote: (message) => {
        quotes.push(message);
        keeper.onQuote(message, recvUs);
      },
    });
    if (wasValid && !keeper.valid) brokenUs = recvUs;
  }
  if (lastDepth === undefined) throw new Error('an empty capture');
  return { probe, quotes, lastDepth, brokenUs };
}

for (const capture of CASES) {
  const missing = !existsSync(join(DIR, capture.file));
  if (missing) console.log(`skipped: ${capture.file} is not in ${DIR}`);
  describe.skipIf(missing)(`book keeper on the ${capture.name} capture`, () => {
    test('the chain is whole and the book equals every quote at its id', async () => {
      const { probe, quotes, lastDepth, brokenUs } = await replay(capture, 0);
      expect(brokenUs).toBe(0);
      expect(probe.statuses).toEqual([]);
      expect(probe.requests).toBe(1);
      expect(probe.keeper.valid).toBe(true);
      expect(probe.keeper.lastId).toBe(lastDepth.lastId);
      expect(probe.count('bbo_checked')).toBe(capture.checks);
      expect(probe.count('bbo_mismatched')).toBe(0);
      expect(probe.count('book_gaps')).toBe(0);
      // Quotes come on every change, so the last one up to the book's id is the book's top.
      const last = quotes.findLast((quote) => quote.sequence <= lastDepth.lastId);
      const { bids, asks } = probe.keeper.book;
      expect([bids.bestPrice, bids.bestSize]).toEqual([
        Number(last?.bidPrice),
        Number(last?.bidSize),
      ]);
      expect([asks.bestPrice, asks.bestSize]).toEqual([
        Number(last?.askPrice),
        Number(last?.askSize),
      ]);
    });

    test('rows are the same wherever ticks fall', async () => {
      const quiet = await replay(capture, 0);
      const busy = await replay(capture, 7_321);
      expect(busy.probe.rows.length).toBeGreaterThan(1_000);
      expect(busy.probe.count('book_snapshots')).toBe(busy.probe.rows.length);
      // The quiet replay ends before the tick that closes its last interval.
      expect(busy.probe.rows.slice(0, quiet.probe.rows.length)).toEqual(quiet.probe.rows);
      expect(busy.probe.rows.length - quiet.probe.rows.length).toBeLessThanOrEqual(1);
    });

    test('one lost event breaks the book and only a new snapshot makes it valid', async () => {
      let events = 0;
      const probe = new BookHostProbe({ rule: capture.rule });
      const { keeper } = probe;
      let sawSnapshot = false;
      for await (const event of captureEvents([join(DIR, capture.file)])) {
        dispatchBinance(event.kind, event.text(), event.recvUs, {
          onDepth: (message, recvUs) => {
            events += 1;
            if (events !== 200) keeper.onDepth(message, recvUs);
            if (events > 200) expect(keeper.valid).toBe(false);
          },
          onRestSnapshot: (message, recvUs) => {
            sawSnapshot = true;
            keeper.onRestSnapshot(message, recvUs);
          },
          onQuote: () => undefined,
        });
        if (events === 260) break;
      }
      expect(sawSnapshot).toBe(true);
      expect(probe.kinds()).toEqual(['gap']);
      expect(probe.requests).toBe(2);
    });
  });
}
