/** The live table between real threads. */
import { expect, test } from 'bun:test';
import { createLiveTable, LIVE_COLUMNS, LiveSlot, LiveTable } from '../../src/shm/live-table.ts';

const READS = 1_500_000;
/** On one busy core the reader sees the same state again and again: only changes test anything. */
const STATES = 10_000;

test('a reader never sees half of a write while the writer never rests', async () => {
  const table = createLiveTable(2);
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(new URL('./live-table.worker.ts', import.meta.url).href);
  const written = new Promise<number>((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data as number);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage({ table, stop });

  const reader = new LiveTable(table);
  const out = new Float64Array(LIVE_COLUMNS.length);
  const column = (slot: number) => out[slot] as number;
  let good = 0;
  let missed = 0;
  let distinct = 0;
  let last = 0;
  const deadline = performance.now() + 60_000;
  while ((good < READS || distinct < STATES) && performance.now() < deadline) {
    for (let i = 0; i < 1_000; i += 1) {
      if (!reader.read(0, out)) {
        missed += 1;
        continue;
      }
      const n = column(LiveSlot.tradeCount);
      if (n === 0) continue;
      good += 1;
      if (n < last) throw new Error(`write ${n} after write ${last}`);
      if (n !== last) distinct += 1;
      last = n;
      const isTrade =
        column(LiveSlot.lastTradeUs) === n &&
        column(LiveSlot.lastPrice) === n / 3 &&
        column(LiveSlot.lastSize) === 7 &&
        column(LiveSlot.volume) === 7 * n;
      if (!isTrade) throw new Error(`torn trade: ${[...out]}`);
      if (!reader.read(1, out)) continue;
      const q = column(LiveSlot.quoteUs);
      const isQuote =
        Number.isNaN(q) ||
        (column(LiveSlot.bidPrice) === q / 3 &&
          column(LiveSlot.bidSize) === q * 3 &&
          column(LiveSlot.askPrice) === q / 7 &&
          column(LiveSlot.askSize) === q * 5);
      if (!isQuote) throw new Error(`torn quote: ${[...out]}`);
    }
    // Lets the worker start at all, and its error arrive.
    if (good === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  Atomics.store(new Int32Array(stop), 0, 1);
  const writes = await written;
  worker.terminate();
  console.log(`${writes} writes, ${good} reads of ${distinct} states, ${missed} given up`);
  expect(good).toBeGreaterThanOrEqual(READS);
  expect(distinct).toBeGreaterThanOrEqual(STATES);
}, 120_000);
