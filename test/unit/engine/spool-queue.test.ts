import { afterEach, describe, expect, test } from 'bun:test';
import { closeSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError, UsageError } from '../../../src/base/errors.ts';
import { RecordBytes } from '../../../src/base/record-bytes.ts';
import type { EngineConfig } from '../../../src/engine/engine-config.ts';
import { SpoolQueue } from '../../../src/engine/spool-queue.ts';
import { writeQuote, writeTrade } from '../../../src/model/record-codec.ts';
import { RecordType, Trade } from '../../../src/model/record-layout.ts';
import { BatchCursor } from '../../../src/store/batch-cursor.ts';
import type { RecordBatch } from '../../../src/store/contract.ts';

const T0 = 1_700_000_000_000_000;
const SECOND = 1_000_000;
const DOWN = new EngineError('store is down', { code: 'store-busy', retry: 'retry' });
const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function createQueue(spoolMaxBytes = 1 << 20) {
  const dir = mkdtempSync(join(tmpdir(), 'spool-queue-'));
  dirs.push(dir);
  const time = { nowUs: T0 };
  const said: string[] = [];
  const config = {
    instruments: [],
    timeframes: [],
    writer: { flushMs: 1, batchRows: 1, spoolDir: dir, spoolMaxBytes },
  } as unknown as EngineConfig;
  const clock = { wallUs: () => time.nowUs, monoUs: () => time.nowUs };
  const host = { log: (_level: string, text: string) => void said.push(text) };
  const store = { url: 'sqlite:x.db', spoolFolder: join(dir, 'own') };
  const open = () => new SpoolQueue(config, store, clock, host);
  return { dir, time, said, open, queue: open() };
}

function batchOf(id: number, quotes = 0): RecordBatch {
  const bytes = RecordBytes.allocate(128 + quotes * 128);
  let length = 0;
  const add = (type: number, body: number) => {
    bytes.i32[length >> 2] = body;
    bytes.i32[(length >> 2) + 1] = type;
    length += 8 + ((body + 7) & ~7);
  };
  add(RecordType.trade, writeTrade(bytes, length + 8, 0, 0, T0, T0, 1, 1, 1, id));
  for (let i = 0; i < quotes; i += 1) {
    add(RecordType.quote, writeQuote(bytes, length + 8, 0, 0, T0, T0, 1, 1, 2, 1, i));
  }
  return { bytes, length, count: 1 + quotes };
}

/** What a disk that fails under open files looks like: every call on them is refused. */
function closeFilesUnder(dir: string): void {
  for (const fd of readdirSync('/proc/self/fd')) {
    let path = '';
    try {
      path = readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one that lists the others.
    }
    if (path.startsWith(dir) && path.endsWith('.spool')) closeSync(Number(fd));
  }
}

function tradeIds(batch: RecordBatch): number[] {
  const cursor = new BatchCursor(batch);
  const ids: number[] = [];
  while (cursor.next()) {
    if (cursor.type !== RecordType.trade) continue;
    ids.push(batch.bytes.f64[(cursor.at + Trade.tradeId) >> 3] as number);
  }
  return ids;
}

describe('spool queue', () => {
  test('writes nothing to disk while the store works', async () => {
    const { dir, queue } = createQueue();
    await queue.drain(async () => undefined, Number.POSITIVE_INFINITY);
    expect(queue.isEmpty).toBe(true);
    expect([...new Bun.Glob('**/*.spool').scanSync({ cwd: dir })]).toEqual([]);
  });

  test('in a directory that cannot be made is refused at once, by its name', () => {
    const { dir, open } = createQueue();
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    expect(open).toThrow(`spool ${dir}`);
    expect(open).toThrow(UsageError);
  });

  test('holds off when what waits cannot be read, and keeps it for the next start', async () => {
    const { dir, time, said, queue, open } = createQueue();
    queue.append(batchOf(1));
    closeFilesUnder(dir);
    const written: number[] = [];
    const write = async (batch: RecordBatch) => {
      written.push(...tradeIds(batch));
      return undefined;
    };
    await queue.drain(write, Number.POSITIVE_INFINITY);
    expect(said.join()).toContain('cannot be read: EBADF');
    queue.acknowledgeOldest();
    expect(queue.append(batchOf(2))).toBe(false);
    time.nowUs += 20 * SECOND;
    await queue.drain(write, Number.POSITIVE_INFINITY);
    expect(written).toEqual([]);
    queue.close();
    await open().drain(write, Number.POSITIVE_INFINITY);
    expect(written).toEqual([1]);
  });

  test('is whole after an orderly end only', () => {
    const { open, queue } = createQueue();
    expect(queue.isWhole).toBe(false);
    queue.isWhole = true;
    queue.close();
    const second = open();
    expect(second.isWhole).toBe(true);
    second.discard(batchOf(1));
    second.close();
    const third = open();
    expect(third.isWhole).toBe(false);
    third.close();
    expect(open().isWhole).toBe(false);
  });

  test('does not mind a file that somebody deleted', async () => {
    const { dir, queue } = createQueue();
    queue.append(batchOf(1));
    for (const file of new Bun.Glob('**/*.spool').scanSync({ cwd: dir })) rmSync(join(dir, file));
    const written: number[] = [];
    await queue.drain(async (batch) => {
      written.push(...tradeIds(batch));
      return undefined;
    }, Number.POSITIVE_INFINITY);
    expect(written).toEqual([1]);
    expect(queue.isEmpty).toBe(true);
  });

  test('gives batches back in order once the store works again', async () => {
    const { time, queue } = createQueue();
    queue.holdOff(DOWN);
    for (let id = 1; id <= 3; id += 1) expect(queue.append(batchOf(id))).toBe(true);
    const written: number[][] = [];
    let isDown = true;
    const write = async (batch: RecordBatch) => {
      if (isDown) return DOWN;
      written.push(tradeIds(batch));
      return undefined;
    };
    await queue.drain(write, Number.POSITIVE_INFINITY);
    isDown = false;
    await queue.drain(write, Number.POSITIVE_INFINITY);
    expect(written).toEqual([]);
    time.nowUs += 20 * SECOND;
    await queue.drain(write, Number.POSITIVE_INFINITY);
    expect(written).toEqual([[1, 2, 3]]);
    expect(queue.isEmpty).toBe(true);
  });

  test('writes many batches together, but never too many', async () => {
    const { queue } = createQueue(1 << 26);
    const quotes = 20_000;
    for (let id = 1; id <= 6; id += 1) expect(queue.append(batchOf(id, quotes))).toBe(true);
    const written: number[][] = [];
    let longest = 0;
    const write = async (batch: RecordBatch) => {
      written.push(tradeIds(batch));
      longest = Math.max(longest, batch.length);
      return undefined;
    };
    await queue.drain(write, Number.NEGATIVE_INFINITY);
    expect(written).toHaveLength(1);
    expect(queue.count).toBe(6 - (written[0]?.length ?? 0));
    await queue.drain(write, Number.POSITIVE_INFINITY);
    expect(written.flat()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(written.length).toBeGreaterThan(1);
    expect(written.length).toBeLessThan(6);
    expect(longest).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test('what was not written is there on the next start', async () => {
    const { queue, open, said } = createQueue();
    queue.append(batchOf(7));
    queue.close();
    expect(said.join()).toContain('1 batches stay in');
    const next = open();
    const written: number[] = [];
    await next.drain(async (batch) => {
      written.push(...tradeIds(batch));
      return undefined;
    }, Number.POSITIVE_INFINITY);
    expect(written).toEqual([7]);
  });

  test('gives up quotes first as room runs out, and refuses trades only when there is none', () => {
    const { queue, said } = createQueue(64 * 1024);
    let id = 0;
    while (queue.append(batchOf(id, 20))) {
      id += 1;
      if (id > 10_000) throw new Error('never full');
    }
    expect(queue.droppedCount).toBeGreaterThan(0);
    expect(queue.hasRoomFor(4096)).toBe(false);
    expect(said.join()).toContain('nearly full');
  });
});
