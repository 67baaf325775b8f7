/** The writer while its store is slow, fails, is not there yet, or has no room left to wait in. */
import { describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { until } from '../../support/condition.ts';
import { WriterRig } from '../../support/writer-rig.ts';

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Each once, in order; a batch the store had before its answer came may stand twice in a row. */
function flat(rig: WriterRig): (number | string)[] {
  return rig.written.flat();
}

describe('a store that is slow to answer', () => {
  test('does not keep the rings from being drained, and gets all in order', async () => {
    using rig = new WriterRig();
    rig.run();
    rig.mode = 'hold';
    // Some twenty times what the ring holds.
    await rig.publishAll(1, 20_000);
    expect(rig.written).toEqual([]);
    expect(rig.count('spool_batches')).toBeGreaterThan(2);
    rig.mode = 'take';
    await until('all written', () => flat(rig).at(-1) === 20_000);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, 20_000));
    expect(rig.spool.isEmpty).toBe(true);
  });

  test('and then fails gets what was under way before what came after', async () => {
    using rig = new WriterRig();
    rig.run();
    rig.mode = 'hold';
    await rig.publishAll(1, 3_000);
    rig.mode = 'fail';
    await until('the failure is seen', () => rig.count('retries') > 0);
    await rig.publishAll(3_001, 4_000);
    rig.mode = 'take';
    await until('all written', () => flat(rig).at(-1) === 4_000, 30_000);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, 4_000));
  });

  test('is asked what it holds only once it has all', async () => {
    using rig = new WriterRig();
    rig.run();
    rig.mode = 'fail';
    rig.publish(1, 10);
    await until('the spool has it', () => rig.count('spool_batches') > 0);
    await expect(rig.agent.resume([])).rejects.toThrow('the store is behind');
    rig.mode = 'take';
    await until('all written', () => flat(rig).at(-1) === 10, 30_000);
    await until('nothing waits', () => rig.spool.isEmpty);
    expect(await rig.agent.resume([])).toEqual([]);
    await rig.stop();
  });
});

describe('a store that is not there at the start', () => {
  test('is opened when it answers, is told what it must know, and gets all', async () => {
    using rig = new WriterRig();
    rig.isAway = true;
    expect(await rig.gateway.tryOpen()).toBe(false);
    expect(rig.said.join()).toContain('the store is down; recording goes on into the spool');
    rig.run();
    await rig.publishAll(1, 2_000);
    await until('it is tried again', () => rig.told.filter((t) => t === 'open refused').length > 1);
    rig.isAway = false;
    await until('all written', () => flat(rig).at(-1) === 2_000, 30_000);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, 2_000));
    const opened = rig.told.indexOf('open');
    expect(rig.told.slice(opened)).toEqual(['open', 'instruments 1', 'session s1']);
  });
});

describe('a wall clock that is set back by an hour', () => {
  test('holds up neither batches nor the next try of a store that failed', async () => {
    using rig = new WriterRig();
    rig.run();
    rig.publish(1, 10);
    await until('the first are written', () => flat(rig).length === 10);
    rig.setBackUs = 3_600_000_000;
    rig.publish(11, 20);
    await until('a batch is due all the same', () => flat(rig).length === 20);
    rig.mode = 'fail';
    rig.publish(21, 30);
    await until('the spool has it', () => rig.count('spool_batches') > 0);
    rig.setBackUs *= 2;
    rig.mode = 'take';
    await until('it is tried again', () => flat(rig).length === 30);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, 30));
  });
});

describe('a spool whose folder is gone', () => {
  test('of the only store makes the venues wait until the store answers', async () => {
    using rig = new WriterRig();
    rig.run();
    rig.mode = 'fail';
    rmSync(rig.dir, { recursive: true });
    writeFileSync(rig.dir, '');
    rig.publish(1, 10);
    await until('it is said', () => rig.said.some((text) => text.includes('cannot write')));
    rig.publish(11, 20);
    rig.mode = 'take';
    await until('all written', () => flat(rig).length === 20);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, 20));
  });
});

describe('a fault of the writer itself', () => {
  test('ends its run with what was thrown', async () => {
    using rig = new WriterRig();
    rig.spool.tellLosses = () => {
      throw new Error('a fault');
    };
    rig.run();
    await expect(rig.stop()).rejects.toThrow('a fault');
  });
});

describe('a spool without room', () => {
  test('of the only store makes the venues wait: nothing is lost', async () => {
    using rig = new WriterRig({ spoolMaxBytes: 64 * 1024 });
    rig.run();
    rig.mode = 'fail';
    let id = 1;
    const takesMore = () => {
      while (rig.publish(id, id)) id += 1;
      return rig.said.some((text) => text.includes('may be lost'));
    };
    await until('spool and ring are full', takesMore);
    await until('no more is taken', () => !rig.publish(id, id));
    rig.mode = 'take';
    await until('all written', () => flat(rig).length >= id - 1, 30_000);
    await rig.stop();
    expect(flat(rig)).toEqual(ids(1, id - 1));
    expect(rig.count('spool_dropped')).toBe(0);
  });

  test('of one store among several loses, and its ledger says what', async () => {
    using rig = new WriterRig({ stores: 2, spoolMaxBytes: 64 * 1024 });
    rig.run();
    rig.mode = 'fail';
    await rig.publishAll(1, 10_000);
    expect(rig.count('spool_dropped')).toBeGreaterThan(1_000);
    rig.mode = 'take';
    await until(
      'it goes on',
      () => {
        rig.publish(20_000, 20_000);
        return flat(rig).includes(20_000);
      },
      30_000,
    );
    await until('the gap is told', () => flat(rig).some((each) => typeof each === 'string'));
    await rig.stop();
    const stored = new Set(flat(rig).filter((each) => typeof each === 'number'));
    const missing = ids(1, 10_000).filter((id) => !stored.has(id));
    expect(missing.length).toBeGreaterThan(1_000);
    const gaps = flat(rig)
      .filter((each) => typeof each === 'string')
      .map((text) => /^gap (\d+)-(\d+) \((\d+)\)$/.exec(text)?.slice(1).map(Number) ?? []);
    const told = gaps.reduce((sum, [, , count = 0]) => sum + count, 0);
    expect(told).toBeGreaterThanOrEqual(missing.length);
    const isTold = (id: number) => gaps.some(([from = 0, to = 0]) => id >= from && id <= to);
    expect(missing.filter((id) => !isTold(id))).toEqual([]);
  });
});
