/** Ring header and slots: what `docs/MEMORY-LAYOUT.md` draws. */
import { describe, expect, test } from 'bun:test';
import { DOORBELL_LENGTH } from '../../src/shm/doorbell.ts';
import { LatencyHistogram } from '../../src/shm/latency-histogram.ts';
import { LIVE_COLUMNS, LIVE_ROW_LENGTH } from '../../src/shm/live-table.ts';
import {
  createRing,
  framedLength,
  LINE_LENGTH,
  RECORD_HEADER_LENGTH,
  RING_HEADER_LENGTH,
  SLOT_CAPACITY,
  SLOT_COMMITTED,
  SLOT_CONSUMED,
  SLOT_MAGIC,
  SLOT_PUBLISHED,
  SLOT_REFUSED,
  SLOT_WAITING,
} from '../../src/shm/ring-layout.ts';

const line = (slot: number) => Math.floor((slot * 4) / LINE_LENGTH);

describe('shared memory layout', () => {
  test('each writer of a ring header has a cache line of its own', () => {
    expect([SLOT_MAGIC, SLOT_CAPACITY].map(line)).toEqual([0, 0]);
    expect([SLOT_PUBLISHED, SLOT_REFUSED, SLOT_COMMITTED].map(line)).toEqual([1, 1, 1]);
    expect([SLOT_CONSUMED, SLOT_WAITING].map(line)).toEqual([2, 3]);
    expect(RING_HEADER_LENGTH).toBe(4 * LINE_LENGTH);
  });

  test('no two words of the header overlap', () => {
    const slots = [SLOT_MAGIC, SLOT_CAPACITY, SLOT_PUBLISHED, SLOT_REFUSED, SLOT_COMMITTED];
    slots.push(SLOT_CONSUMED, SLOT_WAITING);
    expect(new Set(slots).size).toBe(slots.length);
    expect(Math.max(...slots) * 4).toBeLessThan(RING_HEADER_LENGTH);
  });

  test('records follow the header at once and frames are whole words', () => {
    expect(createRing(1024).byteLength).toBe(256 + 1024);
    expect(RECORD_HEADER_LENGTH).toBe(8);
    for (let length = 0; length < 64; length += 1) {
      expect(framedLength(length) % 8).toBe(0);
      expect(framedLength(length)).toBeGreaterThanOrEqual(8 + length);
      expect(framedLength(length)).toBeLessThan(16 + length);
    }
  });

  test('rows, histograms and doorbells are whole cache lines', () => {
    expect(LIVE_ROW_LENGTH).toBe(128);
    expect(8 + 8 * LIVE_COLUMNS.length).toBeLessThanOrEqual(LIVE_ROW_LENGTH);
    expect(LatencyHistogram.byteLength).toBe(64 + 16_384);
    expect(DOORBELL_LENGTH % LINE_LENGTH).toBe(0);
  });
});
