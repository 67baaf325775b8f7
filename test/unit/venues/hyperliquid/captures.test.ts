/** A real recording of January 2025: every frame against an independent reading of it. */
import { describe, expect, test } from 'bun:test';
import { findCapture, readCapture } from '../binance/capture-frames.ts';
import { createProtocol, decode } from './feed.ts';

const path = findCapture('hyperliquid-btc-20250126.cap.gz');

describe.skipIf(path === undefined)('capture hyperliquid-btc-20250126', () => {
  const frames = path === undefined ? [] : readCapture(path).filter((l) => l.kind === 'text');

  test('gives every trade with its side, none malformed', () => {
    const protocol = createProtocol(['BTC/USDC']);
    let trades = 0;
    let books = 0;
    for (const { payload } of frames) {
      const { outcome, messages } = decode(protocol, payload);
      expect(outcome).toBe('ok');
      const { channel, data } = JSON.parse(payload);
      if (channel === 'l2Book') {
        books += 1;
        const pairs = data.levels.map((side: { px: string; sz: string }[]) =>
          side.map(({ px, sz }) => [Number(px), Number(sz)]),
        );
        expect(messages).toMatchObject([{ isSnapshot: true, bids: pairs[0], asks: pairs[1] }]);
        continue;
      }
      trades += data.length;
      expect(messages.map((m) => [m.tradeIdText, m.isSell, m.price, m.size, m.tsUs])).toEqual(
        data.map((t: { tid: number; side: string; px: string; sz: string; time: number }) => [
          `${t.tid}`,
          t.side === 'A',
          Number(t.px),
          Number(t.sz),
          t.time * 1000,
        ]),
      );
    }
    expect({ trades, books }).toEqual({ trades: 64, books: 46 });
  });

  test('has aggressors that lift the ask of the book before and hit its bid', () => {
    const protocol = createProtocol(['BTC/USDC']);
    let bid = Number.NaN;
    let ask = Number.NaN;
    let agree = 0;
    let differ = 0;
    for (const { payload } of frames) {
      for (const m of decode(protocol, payload).messages) {
        if (m.type === 'depth') {
          bid = (m.bids as [number, number][])[0]?.[0] ?? Number.NaN;
          ask = (m.asks as [number, number][])[0]?.[0] ?? Number.NaN;
        } else if (m.price === bid || m.price === ask) {
          if ((m.price === bid) === m.isSell) agree += 1;
          else differ += 1;
        }
      }
    }
    expect(differ).toBe(0);
    expect(agree).toBeGreaterThan(20);
  });
});
