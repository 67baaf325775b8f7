/** Writes one row as fast as it can; every column follows from the number of the write. */
import { LiveTableWriter } from '../../src/shm/live-table.ts';

declare const self: Worker;

self.onmessage = (event: MessageEvent<{ table: SharedArrayBuffer; stop: SharedArrayBuffer }>) => {
  const writer = new LiveTableWriter(event.data.table);
  const stop = new Int32Array(event.data.stop);
  let n = 0;
  while (Atomics.load(stop, 0) === 0) {
    n += 1;
    // A third puts bits into both halves of each float64, so that a half-old value shows.
    writer.setTrade(0, n, n / 3, 7);
    writer.setQuote(1, n, n / 3, n * 3, n / 7, n * 5);
  }
  self.postMessage(n);
};
