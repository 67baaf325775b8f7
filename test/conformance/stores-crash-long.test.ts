/** A store and the process that writes it: killed in mid-write, started twice, migrated twice. */
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { BatchBuilder, NEW_YEAR_US } from '../support/batch-builder.ts';
import { CRASH_BATCH_COUNT } from '../support/store-crash-child.ts';
import { BTC, describeStores } from '../support/store-suite.ts';

const CHILD = join(import.meta.dirname, '../support/store-crash-child.ts');
const BATCHES_BEFORE_KILL = 20;

/** Runs the child until it has acknowledged enough, kills it, and returns the last id it said. */
async function killInMidWrite(url: string): Promise<number> {
  const child = Bun.spawn([process.execPath, CHILD, url], { stdout: 'pipe', stderr: 'inherit' });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split('\n').length > BATCHES_BEFORE_KILL) break;
  }
  child.kill('SIGKILL');
  await child.exited;
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return Number(lines.at(-1));
}

describeStores('process', (suite) => {
  test(
    'killed in mid-write leaves every acknowledged batch, no half batch and no lock',
    suite.with(async (bench) => {
      await bench.writer.close();
      const acknowledged = await killInMidWrite(bench.url);
      expect(acknowledged).toBeGreaterThanOrEqual(BATCHES_BEFORE_KILL * CRASH_BATCH_COUNT);
      const writer = await bench.reopen();
      const state = await writer.resume(BTC);
      expect(state.intervals).toEqual([{ from: 1, to: state.lastTradeId }]);
      expect(state.lastTradeId).toBeGreaterThanOrEqual(acknowledged);
      expect(state.lastTradeId % CRASH_BATCH_COUNT).toBe(0);
      const [row] = await bench.query('SELECT count(*) AS n FROM trades');
      expect(row?.n).toBe(state.lastTradeId);
      const result = await writer.write(new BatchBuilder().trade({ id: 1e9 }).build());
      expect(result.trades).toBe(1);
    }),
  );

  test(
    'started a second time on the same store is refused with one clear line',
    suite.with(async (bench) => {
      const second = bench.reopen();
      await expect(second).rejects.toMatchObject({ code: 'store-in-use', retry: 'fatal' });
      await expect(second).rejects.toThrow(/written by another/);
      const child = Bun.spawn([process.execPath, CHILD, bench.url], { stderr: 'pipe' });
      expect(await new Response(child.stderr).text()).toContain('written by another');
      expect(await child.exited).not.toBe(0);
      // The first goes on undisturbed, and when it is gone the next one may.
      await bench.writer.write(new BatchBuilder().trade({ id: 1 }).build());
      await bench.writer.close();
      const next = await bench.reopen();
      expect((await next.write(new BatchBuilder().trade({ id: 1 }).build())).tradeDuplicates).toBe(
        1,
      );
    }),
  );

  test(
    'opens a store again without changing it',
    suite.with(async (bench) => {
      await bench.writer.write(new BatchBuilder().trade({ id: 1 }).candle().build());
      const before = await bench.dump();
      const applied = await bench.query('SELECT * FROM schema_migrations');
      await bench.writer.close();
      const again = await bench.reopen();
      expect(await bench.dump()).toBe(before);
      expect(await bench.query('SELECT * FROM schema_migrations')).toEqual(applied);
      await again.close();
    }),
  );

  test(
    'reads while another writes, and sees each commit',
    suite.with(async (bench) => {
      const reader = await bench.reader();
      const query = { ...BTC, limit: 10_000, order: 'asc' } as const;
      for (let id = 1; id <= 50; id += 1) {
        const batch = new BatchBuilder().trade({ id, tsUs: NEW_YEAR_US + id }).build();
        const [, rows] = await Promise.all([bench.writer.write(batch), reader.trades(query)]);
        expect(rows.length).toBeLessThanOrEqual(id);
        expect((await reader.trades(query)).length).toBe(id);
      }
    }),
  );

  test(
    'keeps calls in order when they are not awaited one by one',
    suite.with(async (bench) => {
      const calls: Promise<unknown>[] = [];
      for (let id = 1; id <= 20; id += 1) {
        calls.push(bench.writer.write(new BatchBuilder().trade({ id }).build()));
        calls.push(bench.writer.resume(BTC));
      }
      await Promise.all(calls);
      const state = await bench.writer.resume(BTC);
      expect(state.intervals).toEqual([{ from: 1, to: 20 }]);
    }),
  );
});
