/** One of the two threads of the `ring` suite: started as a worker, producer or consumer. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { build } from 'hdr-histogram-js';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { RingProducer } from '../../src/shm/ring-producer.ts';
import { fromHdr } from '../harness/histogram-data.ts';
import type { RingJob, RingReport } from './ring-job.ts';

const job = workerData as RingJob;
const control = new Int32Array(job.control);
const RECORD_TYPE = 2;
const BODY_LENGTH = 56;
const FIELDS = BODY_LENGTH / 8;
/** Messages under way at most. */
const WINDOW = 1000;

/** One clock for both threads: each has its own origin. */
function clockNs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1e6);
}

interface Plain {
  id: number;
  sentNs: number;
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
}

class Reader {
  readonly #histogram = build({ highestTrackableValue: 6e10, numberOfSignificantValueDigits: 3 });
  #sum = 0;
  #read = 0;
  #wakeUps = 0;
  #startNs = 0;

  take(id: number, sentNs: number, a: number): void {
    if (this.#read === 0) this.#startNs = clockNs();
    this.#sum += id + a;
    this.#read += 1;
    if (job.rate > 0) this.#histogram.recordValue(Math.max(0, clockNs() - sentNs));
  }

  woke(): void {
    this.#wakeUps += 1;
  }

  get isDone(): boolean {
    return this.#read === job.count;
  }

  report(): RingReport {
    return {
      elapsedUs: (clockNs() - this.#startNs) / 1000,
      sum: this.#sum,
      meanBatch: this.#read / Math.max(1, this.#wakeUps),
      histogram: job.rate > 0 ? fromHdr('intended → read', 'ns', this.#histogram) : undefined,
    };
  }
}

function consumeRing(): void {
  const ring = new RingConsumer(job.ring);
  const reader = new Reader();
  Atomics.store(control, 1, 1);
  Atomics.notify(control, 1);
  while (!reader.isDone) {
    reader.woke();
    while (ring.next()) {
      const at = ring.index >> 3;
      const { f64 } = ring.bytes;
      reader.take(f64[at] as number, f64[at + 1] as number, f64[at + 2] as number);
    }
    ring.release();
    if (!reader.isDone && ring.pendingLength() === 0) ring.wait(50);
  }
  parentPort?.postMessage(reader.report());
}

function produceRing(): void {
  const ring = new RingProducer(job.ring);
  const startNs = clockNs();
  for (let id = 0; id < job.count; ) {
    const sentNs = waitForSlot(startNs, id);
    const end = Math.min(job.count, id + job.batch);
    for (; id < end; id += 1) {
      let at = ring.claim(RECORD_TYPE, BODY_LENGTH);
      while (at < 0) {
        ring.publish();
        at = ring.claim(RECORD_TYPE, BODY_LENGTH);
      }
      const { f64 } = ring.bytes;
      const word = at >> 3;
      f64[word] = id;
      f64[word + 1] = sentNs;
      for (let field = 2; field < FIELDS; field += 1) f64[word + field] = 0;
      ring.commit();
    }
    ring.publish();
  }
}

/** Spins until the schedule says so; the intended time is what the record carries. */
function waitForSlot(startNs: number, id: number): number {
  if (job.rate === 0) return 0;
  const intendedNs = startNs + (id * 1e9) / job.rate;
  while (clockNs() < intendedNs);
  return intendedNs;
}

function consumePort(port: MessagePort): void {
  const reader = new Reader();
  port.on('message', (data: Plain | Plain[] | ArrayBuffer) => {
    if (data instanceof ArrayBuffer) {
      const f64 = new Float64Array(data);
      for (let i = 0; i < f64.length; i += FIELDS) {
        reader.take(f64[i] as number, f64[i + 1] as number, f64[i + 2] as number);
      }
    } else if (Array.isArray(data)) {
      for (const each of data) reader.take(each.id, each.sentNs, each.a);
    } else reader.take(data.id, data.sentNs, data.a);
    Atomics.add(control, 0, 1);
    Atomics.notify(control, 0);
    if (reader.isDone) parentPort?.postMessage(reader.report());
  });
  Atomics.store(control, 1, 1);
  Atomics.notify(control, 1);
}

function producePort(port: MessagePort): void {
  const startNs = clockNs();
  let messages = 0;
  for (let id = 0; id < job.count; messages += 1) {
    const sentNs = waitForSlot(startNs, id);
    const end = Math.min(job.count, id + job.batch);
    for (let read = Atomics.load(control, 0); messages - read >= WINDOW; ) {
      Atomics.wait(control, 0, read, 100);
      read = Atomics.load(control, 0);
    }
    if (job.mode === 'bytes') port.postMessage(recordBytes(id, end));
    else if (job.batch === 1) port.postMessage(plainRecord(id, sentNs));
    else port.postMessage(Array.from({ length: end - id }, (_, i) => plainRecord(id + i, sentNs)));
    id = end;
  }
}

function plainRecord(id: number, sentNs: number): Plain {
  return { id, sentNs, a: 0, b: 0, c: 0, d: 0, e: 0 };
}

function recordBytes(from: number, to: number): ArrayBuffer {
  const f64 = new Float64Array((to - from) * FIELDS);
  for (let id = from, at = 0; id < to; id += 1, at += FIELDS) f64[at] = id;
  return f64.buffer;
}

function start(port: MessagePort | undefined): void {
  if (job.role === 'consumer') {
    if (port === undefined) consumeRing();
    else consumePort(port);
    return;
  }
  // Nothing is sent before the consumer listens.
  Atomics.wait(control, 1, 0, 10_000);
  if (port === undefined) produceRing();
  else producePort(port);
}

if (job.mode === 'ring') start(undefined);
else parentPort?.once('message', (port: MessagePort) => start(port));
