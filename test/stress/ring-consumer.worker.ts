/** Reads `count` records by parking or by waitAsync, checks each, then posts its checksum. */
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { addChecksum, recordProblem } from './ring-record.ts';

declare const self: Worker;

export interface ConsumerStart {
  readonly ring: SharedArrayBuffer;
  readonly count: number;
  readonly isAsync: boolean;
}

self.onmessage = async (event: MessageEvent<ConsumerStart>) => {
  const { ring, count, isAsync } = event.data;
  const consumer = new RingConsumer(ring);
  let sequence = 0;
  let checksum = 0;
  let waits = 0;
  let timeouts = 0;
  let problem = '';
  while (sequence < count && problem === '') {
    // The two ways to read, in turn: to what one refresh saw, or as far as there is.
    const isBounded = (waits & 1) === 0;
    if (isBounded) consumer.refresh();
    while (isBounded ? consumer.nextSeen() : consumer.next()) {
      const { bytes, index, type, length } = consumer;
      problem = recordProblem(bytes, index, type, length, sequence);
      if (problem !== '') break;
      checksum = addChecksum(checksum, bytes, index, length);
      sequence += 1;
      // Room is given back often, so that the producer writes right behind the reader.
      if (sequence % 3 === 0) consumer.release();
    }
    consumer.release();
    if (sequence === count) break;
    waits += 1;
    // Far longer than any pause of the producer: a lost wake-up would show as a time-out.
    if (isAsync) await consumer.waitAsync(5_000);
    else if (consumer.wait(5_000) === 'timeout') timeouts += 1;
  }
  self.postMessage({ sequence, checksum, waits, timeouts, problem });
};
