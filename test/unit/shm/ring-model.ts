/**
 * The oracle of the ring tests: the ring as a plain array and unbounded numbers, with no shared
 * memory and no wrap-around arithmetic (`RingModel`), next to the real two ends (`RingEnds`). Both
 * apply the same actions and say what came of each as text, so a test compares them with `===`.
 */
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import {
  createRing,
  RING_HEADER_LENGTH,
  SLOT_COMMITTED,
  SLOT_CONSUMED,
  SLOT_PUBLISHED,
  SLOT_REFUSED,
} from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';

/** Bodies of 8, 16 and 24 bytes: frames of a quarter to half of a ring of 64 bytes. */
export const PRODUCER_ACTIONS = [
  'claim 8',
  'claim 16',
  'claim 24',
  'commit',
  'abort',
  'publish',
] as const;
export const CONSUMER_ACTIONS = ['refresh', 'next', 'release'] as const;
export const ACTIONS = [...PRODUCER_ACTIONS, ...CONSUMER_ACTIONS] as const;
export type Action = (typeof ACTIONS)[number] | `claim ${number}`;

/** Positions from which a few records cross index 0, 2^31 and 2^32. */
export const STARTS = [0, 2 ** 31 - 5, 2 ** 31 - 2, 2 ** 32 - 6, 2 ** 32 - 3];

interface Entry {
  /** 0 is padding. */
  readonly id: number;
  readonly length: number;
  readonly end: number;
}

export class RingModel {
  readonly #words: number;
  #position: number;
  #published: number;
  #consumedSeen: number;
  #seen: number;
  #cursor: number;
  #released: number;
  #claimedWords = 0;
  #claimedLength = 0;
  #pending = 0;
  #refused = 0;
  #committed = 0;
  #nextId = 1;
  readonly #log: Entry[] = [];

  constructor(capacity: number, start: number) {
    this.#words = capacity / 8;
    this.#position = start;
    this.#published = start;
    this.#consumedSeen = start;
    this.#seen = start;
    this.#cursor = start;
    this.#released = start;
  }

  /** False where the action would break the ring's contract (two claims, a commit of none). */
  can(action: Action): boolean {
    if (action.startsWith('claim')) return this.#claimedWords === 0;
    if (action === 'commit' || action === 'abort') return this.#claimedWords !== 0;
    return true;
  }

  apply(action: Action): string {
    switch (action) {
      case 'commit':
        this.#position += this.#claimedWords;
        this.#log.push({ id: this.#nextId, length: this.#claimedLength, end: this.#position });
        this.#nextId += 1;
        this.#claimedWords = 0;
        this.#pending += 1;
        return '';
      case 'abort':
        this.#claimedWords = 0;
        return '';
      case 'publish':
        return `published ${this.#publish()}`;
      case 'refresh':
        this.#seen = this.#published;
        return '';
      case 'next':
        return this.#next();
      case 'release':
        this.#released = this.#cursor;
        return '';
      default:
        return this.#claim(Number(action.slice(6)));
    }
  }

  /** All that decides future behaviour, relative to the position's index in the buffer. */
  key(): string {
    const base = this.#position;
    return [
      base % this.#words,
      base - this.#published,
      base - this.#consumedSeen,
      base - this.#seen,
      base - this.#cursor,
      base - this.#released,
      this.#claimedWords,
      this.#pending,
      ...this.#log.map((e) => `${base - e.end}${e.id === 0 ? 'p' : ''}`),
    ].join(' ');
  }

  /** What the header and both ends must say. */
  facts(): string {
    return [
      `published ${this.#published | 0} consumed ${this.#released | 0}`,
      `refused ${this.#refused} committed ${this.#committed}`,
      `unread ${(this.#published - this.#cursor) * 8}`,
    ].join(' ');
  }

  usedLength(): number {
    return (this.#position - this.#released) * 8;
  }

  #claim(length: number): string {
    const needed = 1 + Math.ceil(length / 8);
    const tail = this.#words - (this.#position % this.#words);
    const padding = needed > tail ? tail : 0;
    const end = this.#position + padding + needed;
    if (end - this.#consumedSeen > this.#words) this.#consumedSeen = this.#released;
    if (end - this.#released > this.#words) {
      this.#refused += 1;
      return 'refused';
    }
    if (padding > 0) {
      this.#position += padding;
      this.#log.push({ id: 0, length: padding * 8 - 8, end: this.#position });
    }
    this.#claimedWords = needed;
    this.#claimedLength = length;
    return `claimed ${(this.#position % this.#words) * 8 + 8}`;
  }

  #publish(): number {
    if (this.#position === this.#published) return 0;
    const count = this.#pending;
    this.#published = this.#position;
    this.#committed += count;
    this.#pending = 0;
    return count;
  }

  #next(): string {
    for (;;) {
      const entry = this.#log[0];
      if (entry === undefined || entry.end > this.#seen) return 'none';
      this.#log.shift();
      this.#cursor = entry.end;
      if (entry.id === 0) continue;
      return entry.length === 0 ? 'read empty' : `read ${entry.id & 0xff} × ${entry.length}`;
    }
  }
}

export class RingEnds {
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;
  readonly #header: Int32Array;
  #at = 0;
  #length = 0;
  #nextId = 1;

  constructor(capacity: number, start: number) {
    const buffer = createRingAt(capacity, start);
    this.#header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
    this.producer = new RingProducer(buffer);
    this.consumer = new RingConsumer(buffer);
  }

  apply(action: Action): string {
    switch (action) {
      case 'commit':
        // Every byte says which record it is of, so a stray store shows.
        this.producer.bytes.u8.fill(this.#nextId & 0xff, this.#at, this.#at + this.#length);
        this.#nextId += 1;
        this.producer.commit();
        return '';
      case 'abort':
        this.producer.bytes.u8.fill(0xee, this.#at, this.#at + this.#length);
        this.producer.abort();
        return '';
      case 'publish':
        return `published ${this.producer.publish()}`;
      case 'refresh':
        this.consumer.refresh();
        return '';
      case 'next':
        return this.consumer.nextSeen() ? this.#read() : 'none';
      case 'release':
        this.consumer.release();
        return '';
      default:
        this.#length = Number(action.slice(6));
        this.#at = this.producer.claim(7, this.#length);
        return this.#at < 0 ? 'refused' : `claimed ${this.#at}`;
    }
  }

  facts(): string {
    const header = this.#header;
    return [
      `published ${header[SLOT_PUBLISHED]} consumed ${header[SLOT_CONSUMED]}`,
      `refused ${header[SLOT_REFUSED]} committed ${header[SLOT_COMMITTED]}`,
      `unread ${this.consumer.pendingLength()}`,
    ].join(' ');
  }

  #read(): string {
    const { type, index, length, bytes } = this.consumer;
    if (length === 0) return 'read empty';
    const id = bytes.u8[index];
    const body = bytes.u8.subarray(index, index + length);
    return type === 7 && body.every((byte) => byte === id) ? `read ${id} × ${length}` : 'torn';
  }
}

export function createRingAt(capacity: number, start: number): SharedArrayBuffer {
  const buffer = createRing(capacity);
  const header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
  header[SLOT_PUBLISHED] = start | 0;
  header[SLOT_CONSUMED] = start | 0;
  return buffer;
}

/** Model and real ends, both led along `path`; actions that cannot be are left out. */
export function lead(capacity: number, start: number, path: readonly Action[]) {
  const model = new RingModel(capacity, start);
  const ends = new RingEnds(capacity, start);
  for (const action of path) {
    if (!model.can(action)) continue;
    const expected = model.apply(action);
    const actual = ends.apply(action);
    if (actual !== expected) throw new Error(`${path}: ${action}: ${actual}, not ${expected}`);
  }
  return { model, ends };
}

/** A shortest path to every reachable state of the model, breadth first. */
export function reachablePaths(capacity: number, start: number): Action[][] {
  const seen = new Set<string>([new RingModel(capacity, start).key()]);
  const paths: Action[][] = [[]];
  for (let i = 0; i < paths.length; i += 1) {
    const path = paths[i] as Action[];
    for (const action of ACTIONS) {
      const model = new RingModel(capacity, start);
      for (const step of path) model.apply(step);
      if (!model.can(action)) continue;
      model.apply(action);
      if (seen.has(model.key())) continue;
      seen.add(model.key());
      paths.push([...path, action]);
    }
  }
  return paths;
}
