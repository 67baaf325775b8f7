/** Threads and sockets take their time to start: what is measured begins when frames flow. */
import { delay } from '../../src/base/clock.ts';
import { nowUs } from '../harness/measure.ts';

const LIMIT_US = 30_000_000;

export async function firstFrames(count: () => number): Promise<void> {
  const endUs = nowUs() + LIMIT_US;
  while (count() === 0) {
    if (nowUs() > endUs) throw new Error('frames did not flow within 30 s');
    await delay(1);
  }
}
