/**
 * The recording of 2022-05-13 through the command line, against counts made from its lines by
 * nothing but JSON: every book frame's checksum reproduced, every trade and every change of a quote
 * stored.
 */
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { jsonLine, PROJECT, runCommand } from '../../../support/cli-process.ts';
import { rowsOf } from '../../../support/store-file.ts';
import { WorkFolder } from '../../../support/work-folder.ts';

setDefaultTimeout(60_000);

const CAPTURE = join(PROJECT, '../shared/captures/okx-2022-05.cap.gz');
const isAbsent = !existsSync(CAPTURE);
if (isAbsent) console.warn(`skipped: the recording of OKX is not at ${CAPTURE}`);

interface Frame {
  readonly arg?: { readonly channel: string; readonly instId: string };
  readonly data?: readonly Readonly<Record<string, unknown>>[];
}

function content() {
  const lines = gunzipSync(readFileSync(CAPTURE)).toString('utf8').split('\n');
  const frames = lines
    .map((line) => /^\d+ okx#\d+ text (.*)$/.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .map((text): Frame => JSON.parse(text))
    .filter(({ data }) => data !== undefined);
  const of = (channel: string) => frames.filter(({ arg }) => arg?.channel === channel);
  const last = new Map<string, string>();
  let quoteChanges = 0;
  for (const { arg, data } of of('tickers')) {
    const { bidPx, bidSz, askPx, askSz } = data?.[0] ?? {};
    const quote = JSON.stringify([bidPx, bidSz, askPx, askSz]);
    if (last.get(arg?.instId ?? '') !== quote) quoteChanges += 1;
    last.set(arg?.instId ?? '', quote);
  }
  const trades = of('trades').flatMap(({ data }) => data ?? []);
  return { books: of('books'), tickers: of('tickers'), trades, quoteChanges };
}

describe.skipIf(isAbsent)('a replay of the recording of OKX', () => {
  test('reproduces every checksum and brings all it holds', async () => {
    const { books, tickers, trades, quoteChanges } = content();
    expect([books.length, tickers.length, trades.length]).toEqual([290, 28, 74]);
    using folder = new WorkFolder();
    const store = `sqlite:${folder.file('okx.db')}`;
    const result = await runCommand(folder.path, 'replay', CAPTURE, '--store', store, '--json');
    expect(result.code).toBe(0);
    expect(jsonLine(result)).toMatchObject({
      checksums_verified: books.length,
      checksums_failed: 0,
      trades: trades.length,
      stored: { trades: trades.length, quotes: quoteChanges, data_quality: 0 },
      malformed: 0,
      gaps: 0,
      book_gaps: 0,
      resyncs: 0,
      quarantined: 0,
    });
    const stored = rowsOf(
      folder.file('okx.db'),
      "SELECT trade_id, price, side, ts_us FROM trades WHERE market_type = 'spot' ORDER BY 1",
    );
    const expected = trades
      .filter(({ instId }) => instId === 'BTC-USDT')
      .map(({ tradeId, px, side, ts }) => ({
        trade_id: Number(tradeId),
        price: Number(px),
        side,
        ts_us: Number(ts) * 1000,
      }));
    expect(stored).toEqual(expected as never);
    const verify = await runCommand(folder.path, 'verify', '--store', store, '--json');
    expect([verify.code, jsonLine(verify).ok]).toEqual([0, true]);
  });
});
