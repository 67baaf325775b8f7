/** Publishes records `first`..`count - 1` in batches of 1 to 8, then posts its checksum. */
import { mix32 } from '../../src/base/prng.ts';
import { Doorbell } from '../../src/shm/doorbell.ts';
import { RingProducer } from '../../src/shm/ring-producer.ts';
import { addChecksum, fillRecord, RECORD_TYPE, recordLength } from './ring-record.ts';

declare const self: Worker;

export interface ProducerStart {
  readonly ring: SharedArrayBuffer;
  readonly first: number;
  readonly count: number;
  readonly doorbell?: SharedArrayBuffer;
}

self.onmessage = (event: MessageEvent<ProducerStart>) => {
  const { ring, first, count, doorbell } = event.data;
  const producer = new RingProducer(ring);
  const bell = doorbell === undefined ? undefined : new Doorbell(doorbell);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let checksum = 0;
  let stalls = 0;
  let batch = 1;
  for (let sequence = first; sequence < count; ) {
    const length = recordLength(sequence);
    const at = producer.claim(RECORD_TYPE, length);
    if (at < 0) {
      producer.publish();
      bell?.ring();
      stalls += 1;
      // Gives the processor away: on a machine with few, the consumer may not be running.
      if (!producer.hasRoomFor(length)) Atomics.wait(nobody, 0, 0, 0.01);
      continue;
    }
    // Some records are given up half written.
    if (mix32(sequence ^ 0x55) % 16 === 0 && stalls % 2 === 0) {
      producer.bytes.u8.fill(0xee, at, at + length);
      producer.abort();
      stalls += 1;
      continue;
    }
    fillRecord(producer.bytes, at, sequence, length);
    checksum = addChecksum(checksum, producer.bytes, at, length);
    producer.commit();
    sequence += 1;
    batch -= 1;
    if (batch > 0) continue;
    producer.publish();
    bell?.ring();
    batch = 1 + (mix32(sequence) % 8);
  }
  producer.publish();
  bell?.ring();
  self.postMessage({ checksum, stalls });
};
