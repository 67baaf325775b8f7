/** The spool on real files: order, limits, restarts, and every way a file can be cut or damaged. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { RecordType, StatusKind } from '../../../src/model/record-layout.ts';
import { Spool, type SpoolOptions } from '../../../src/store/spool.ts';
import { batchOf, coins, idsOf, recordsOf, tradeBatch } from '../../support/spool-batch.ts';

let dir: string;
let reports: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spool-'));
  reports = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function open(options: Partial<SpoolOptions> = {}): Spool {
  return Spool.open({
    dir,
    lengthMax: 1 << 20,
    sync: 'never',
    instruments: coins('BTC', 'ETH'),
    timeframes: ['1m', '1h'],
    report: (level, message) => reports.push(`${level} ${message}`),
    ...options,
  });
}

/** Ids of all batches, acknowledging each. */
function drain(spool: Spool): number[] {
  const ids: number[] = [];
  for (let batch = spool.peek(); batch !== undefined; batch = spool.peek()) {
    ids.push(...idsOf(batch));
    spool.acknowledge();
  }
  return ids;
}

/** Without the lock. */
const files = () =>
  readdirSync(dir)
    .filter((name) => name !== 'lock')
    .sort();

describe('spool', () => {
  test('gives batches back in order and deletes what was acknowledged', () => {
    const spool = open();
    for (let id = 1; id <= 5; id += 1) expect(spool.append(tradeBatch(id, id + 100))).toBe(true);
    expect(spool.count).toBe(5);
    expect(files()).toHaveLength(1);
    expect(drain(spool)).toEqual([1, 101, 2, 102, 3, 103, 4, 104, 5, 105]);
    expect(spool.isEmpty).toBe(true);
    expect(spool.length).toBe(0);
    expect(files()).toEqual([]);
  });

  test('gives the same batch until it is acknowledged', () => {
    const spool = open();
    spool.append(tradeBatch(1));
    spool.append(tradeBatch(2));
    expect(idsOf(spool.peek())).toEqual([1]);
    expect(idsOf(spool.peek())).toEqual([1]);
    spool.acknowledge();
    expect(idsOf(spool.peek())).toEqual([2]);
  });

  test('starts a new file at the segment length and deletes each when it is done', () => {
    const spool = open({ segmentLength: 2_000 });
    for (let id = 1; id <= 100; id += 1) spool.append(tradeBatch(id));
    const count = files().length;
    expect(count).toBeGreaterThan(3);
    for (let id = 1; id <= 50; id += 1) {
      expect(idsOf(spool.peek())).toEqual([id]);
      spool.acknowledge();
    }
    expect(files().length).toBeLessThan(count);
    expect(drain(spool)).toHaveLength(50);
    expect(files()).toEqual([]);
  });

  test('refuses a batch beyond its length and takes it once there is room', () => {
    const spool = open({ lengthMax: 2_000, segmentLength: 500 });
    let taken = 0;
    while (spool.append(tradeBatch(taken + 1))) taken += 1;
    expect(taken).toBeGreaterThan(2);
    expect(spool.length).toBeLessThanOrEqual(2_000);
    expect(spool.hasRoomFor(tradeBatch(1).length)).toBe(false);
    const kept = drain(spool);
    expect(kept).toEqual(Array.from({ length: taken }, (_, i) => i + 1));
    expect(spool.append(tradeBatch(99))).toBe(true);
  });

  test('says so and takes nothing when the directory is gone', () => {
    const spool = open();
    rmSync(dir, { recursive: true });
    expect(spool.append(tradeBatch(1))).toBe(false);
    expect(reports[0]).toContain('error spool: cannot write');
    expect(spool.isEmpty).toBe(true);
  });

  test('keeps what was not acknowledged for the next run, in order with what that adds', () => {
    const first = open();
    for (let id = 1; id <= 4; id += 1) first.append(tradeBatch(id));
    first.peek();
    first.acknowledge();
    first.close();
    const second = open();
    // The segment was not deleted, so its first batch comes again.
    expect(second.recovery).toMatchObject({ segments: 1, frames: 4, tornLength: 0, framesLost: 0 });
    second.append(tradeBatch(5));
    expect(drain(second)).toEqual([1, 2, 3, 4, 5]);
    expect(reports).toEqual([]);
  });

  test('gives all whole batches back when the file is cut at any byte', () => {
    const writer = open();
    const ends: number[] = [];
    for (let id = 1; id <= 4; id += 1) {
      writer.append(tradeBatch(id, id));
      ends.push(writer.length);
    }
    writer.close();
    const [name] = files() as [string];
    const whole = readFileSync(join(dir, name));
    for (let length = 0; length < whole.length; length += 1) {
      rmSync(join(dir, name), { force: true });
      writeFileSync(join(dir, name), whole.subarray(0, length));
      const frames = ends.filter((end) => end <= length).length;
      const spool = open();
      expect(spool.count).toBe(frames);
      const goodLength = frames === 0 ? undefined : ends[frames - 1]!;
      if (goodLength !== undefined) expect(spool.recovery.tornLength).toBe(length - goodLength);
      expect(spool.recovery.framesLost).toBe(0);
      expect(spool.append(tradeBatch(9, 9))).toBe(true);
      const expected = [1, 2, 3, 4].slice(0, frames).flatMap((id) => [id, id]);
      expect(drain(spool)).toEqual([...expected, 9, 9]);
      spool.close();
      expect(files()).toEqual([]);
    }
  });

  test('stops a segment at a damaged byte, counts what is behind it and keeps the file', () => {
    const writer = open({ segmentLength: 600 });
    for (let id = 1; id <= 10; id += 1) writer.append(tradeBatch(id, id, id));
    writer.close();
    const names = files();
    const originals = names.map((name) => readFileSync(join(dir, name)));
    const first = originals[0]!;
    for (let at = 0; at < first.length; at += 1) {
      for (const name of files()) rmSync(join(dir, name));
      for (const [i, name] of names.entries()) writeFileSync(join(dir, name), originals[i]!);
      const damaged = Buffer.from(first);
      damaged[at]! ^= 0x55;
      writeFileSync(join(dir, names[0]!), damaged);
      reports = [];
      const spool = open();
      const { framesLost, framesMissing, tornLength } = spool.recovery;
      const read = drain(spool).filter((_, i) => i % 3 === 0);
      // Nothing wrong is ever given; what is not given is counted, and said aloud.
      expect(read).toEqual([...new Set(read)].sort((a, b) => a - b));
      const lost = 10 - read.length;
      expect(lost).toBeGreaterThan(0);
      expect(framesLost + framesMissing).toBe(lost);
      // A damaged last frame cannot be told from a torn one: its file is cut.
      expect(tornLength > 0).toBe(framesLost === 0);
      expect(reports.length).toBeGreaterThan(0);
      const kept = files().filter((name) => name.endsWith('.corrupt'));
      expect(kept).toHaveLength(framesLost > 0 ? 1 : 0);
      spool.close();
    }
  });

  test('gives up a segment that is damaged after it was opened, and goes on with the next', () => {
    const spool = open({ segmentLength: 400 });
    for (let id = 1; id <= 8; id += 1) spool.append(tradeBatch(id, id));
    const [name] = files() as [string];
    truncateSync(join(dir, name), 200);
    const read = drain(spool);
    expect(read.length).toBeGreaterThan(0);
    expect(read.at(-1)).toBe(8);
    expect(spool.recovery.framesLost).toBe(8 - read.length / 2);
    expect(spool.isEmpty).toBe(true);
    expect(reports[0]).toContain('damaged');
  });

  test('gives no batch whose bytes changed after it was opened', () => {
    const spool = open();
    for (let id = 1; id <= 3; id += 1) spool.append(tradeBatch(id));
    const path = join(dir, files()[0] as string);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(drain(spool)).toEqual([1, 2]);
    expect(spool.recovery.framesLost).toBe(1);
  });

  test('notices that a whole file is missing', () => {
    const writer = open({ segmentLength: 400 });
    for (let id = 1; id <= 12; id += 1) writer.append(tradeBatch(id, id));
    writer.close();
    rmSync(join(dir, files()[1]!));
    const spool = open();
    expect(spool.recovery.framesMissing).toBe(12 - spool.count);
    expect(spool.recovery.framesMissing).toBeGreaterThan(0);
  });
});

describe('spool read by another run', () => {
  const mixed = () =>
    batchOf([
      { type: RecordType.trade, instrument: 0, value: 1 },
      { type: RecordType.candle, instrument: 1, value: 0 },
      { type: RecordType.candle, instrument: 1, value: 1 },
      { type: RecordType.status, instrument: 7, value: StatusKind.tick },
      { type: RecordType.status, instrument: 1, value: StatusKind.gap },
      { type: RecordType.trade, instrument: 1, value: 2 },
    ]);

  test('moves records to the instruments and timeframes of this run', () => {
    const writer = open();
    writer.append(mixed());
    writer.close();
    const spool = open({ instruments: coins('SOL', 'ETH', 'BTC'), timeframes: ['5m', '1h'] });
    expect(spool.foreignInstruments).toEqual([]);
    const batch = spool.peek()!;
    expect(recordsOf(batch)).toEqual([
      { type: RecordType.trade, instrument: 2, value: 1 },
      // The 1m candle is left out: this run does not keep that timeframe.
      { type: RecordType.candle, instrument: 1, value: 1 },
      { type: RecordType.status, instrument: 7, value: StatusKind.tick },
      { type: RecordType.status, instrument: 1, value: StatusKind.gap },
      { type: RecordType.trade, instrument: 1, value: 2 },
    ]);
    expect(batch.count).toBe(5);
    spool.acknowledge();
    expect(spool.isEmpty).toBe(true);
  });

  test('gives instruments that this run does not record indices after its own', () => {
    const writer = open();
    writer.append(mixed());
    writer.close();
    const spool = open({ instruments: coins('ETH') });
    expect(spool.foreignInstruments).toEqual([{ ...coins('BTC')[0]!, index: 1 }]);
    expect(recordsOf(spool.peek()).map(({ instrument }) => instrument)).toEqual([1, 0, 0, 7, 0, 0]);
  });

  test('leaves batches alone when nothing changed', () => {
    const writer = open();
    writer.append(mixed());
    writer.close();
    expect(recordsOf(open().peek())).toEqual(recordsOf(mixed()));
  });
});

type Step = { readonly kind: 'append' | 'read' | 'reopen' | 'tear'; readonly size: number };

describe('spool against a plain list', () => {
  const step = fc.record<Step>({
    kind: fc.constantFrom('append', 'append', 'append', 'read', 'read', 'reopen', 'tear'),
    size: fc.integer({ min: 1, max: 12 }),
  });

  test('loses nothing and keeps the order over any appends, reads, restarts and torn tails', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        rmSync(dir, { recursive: true, force: true });
        let spool = open({ segmentLength: 700, lengthMax: 5_000 });
        let nextId = 1;
        /** Ids appended and not acknowledged. */
        let waiting: number[] = [];
        for (const { kind, size } of steps) {
          if (kind === 'append') {
            const ids = Array.from({ length: size }, (_, i) => nextId + i);
            if (!spool.append(tradeBatch(...ids))) continue;
            nextId += size;
            waiting.push(...ids);
          } else if (kind === 'read') {
            const ids = idsOf(spool.peek());
            expect(waiting.slice(0, ids.length)).toEqual(ids);
            if (ids.length === 0) expect(waiting).toEqual([]);
            else spool.acknowledge();
            waiting = waiting.slice(ids.length);
          } else {
            spool.close();
            const last = files().at(-1);
            if (kind === 'tear' && last !== undefined) {
              // A batch that a crash left half written was never taken.
              const path = join(dir, last);
              writeFileSync(
                path,
                Buffer.concat([readFileSync(path), Buffer.alloc(size * 3, size)]),
              );
            }
            spool = open({ segmentLength: 700, lengthMax: 5_000 });
            // Acknowledged batches of a segment that was not done with come again, in front.
            const all = allIds(spool);
            expect(all.slice(all.length - waiting.length)).toEqual(waiting);
            expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + i));
            waiting = all;
          }
          expect(spool.length).toBeLessThanOrEqual(5_000);
        }
        expect(drain(spool)).toEqual(waiting);
        expect(reports.filter((line) => line.startsWith('error'))).toEqual([]);
        spool.close();
      }),
      { numRuns: 150, interruptAfterTimeLimit: 4_000 },
    );
  });

  /** What a run that acknowledged nothing would read; leaves the files alone. */
  function allIds(spool: Spool): number[] {
    const copy = mkdtempSync(join(tmpdir(), 'spool-copy-'));
    for (const name of files()) writeFileSync(join(copy, name), readFileSync(join(dir, name)));
    const ids = drain(open({ dir: copy }));
    expect(spool.count > 0).toBe(ids.length > 0);
    rmSync(copy, { recursive: true });
    return ids;
  }
});
