/** The recording of Hyperliquid through the command line: rows with the right sides, proven. */
import { describe, expect, test } from 'bun:test';
import { jsonLine, runCommand } from '../support/cli-process.ts';
import { numberOf, rowsOf } from '../support/store-file.ts';
import { WorkFolder } from '../support/work-folder.ts';
import { findCapture, readCapture } from '../unit/venues/binance/capture-frames.ts';

const path = findCapture('hyperliquid-btc-20250126.cap.gz');

describe.skipIf(path === undefined)('replay of Hyperliquid BTC', () => {
  test('stores each trade once with the aggressor’s side, and every book', async () => {
    using folder = new WorkFolder();
    const store = folder.file('a.db');
    const replay = () =>
      runCommand(folder.path, 'replay', path ?? '', '--store', `sqlite:${store}`, '--json');
    expect(jsonLine(await replay())).toMatchObject({ frames: 55, malformed: 0, trades: 64 });
    const expected = readCapture(path ?? '')
      .filter(({ kind, payload }) => kind === 'text' && payload.includes('"trades"'))
      .flatMap(({ payload }) => JSON.parse(payload).data)
      .map(({ tid, side, px, sz }) => `${tid} ${side === 'A' ? 'sell' : 'buy'} ${+px} ${+sz}`);
    const stored = () =>
      rowsOf(store, 'SELECT trade_id, side, price, size FROM trades').map((row) =>
        [row.trade_id, row.side, row.price, row.size].join(' '),
      );
    expect(stored().sort()).toEqual(expected.sort());
    // 46 books came, and at most one is stored each 100 ms.
    expect(numberOf(store, 'SELECT count(*) FROM orderbook_snapshots')).toBeGreaterThan(40);
    await replay();
    expect(stored().sort()).toEqual(expected);
    const verify = await runCommand(folder.path, 'verify', '--store', `sqlite:${store}`);
    expect(verify.code).toBe(0);
  }, 120_000);
});
