import { describe, expect, test } from 'bun:test';
import { InvariantError } from '../../../src/base/assert.ts';
import { EngineError } from '../../../src/base/errors.ts';
import { HttpProblem } from '../../../src/http/problem.ts';
import { READ_COUNT_MAX, READ_DEADLINE_MS, StoreGate } from '../../../src/http/store-gate.ts';
import { emptyRows, memoryReader } from '../../support/memory-reader.ts';

function gateOf(reader = async () => memoryReader(emptyRows())) {
  const time = { us: 0 };
  const clock = { wallUs: () => time.us, monoUs: () => time.us };
  const errors: unknown[] = [];
  return { gate: new StoreGate({ reader, clock, onError: (e) => errors.push(e) }), time, errors };
}

async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof HttpProblem ? error.problem : String(error);
}

describe('the store gate', () => {
  test('gives up a read that hangs, and the place is free again', async () => {
    const { gate, time } = gateOf();
    const never = new Promise<never>(() => undefined);
    const hanging = Array.from({ length: READ_COUNT_MAX }, () => gate.read(() => never));
    expect(() => gate.read(async () => 1)).toThrow(/try again/);
    time.us = READ_DEADLINE_MS * 1_000;
    for (const read of hanging) expect(await problemOf(read)).toBe('store_unreachable');
    expect(await gate.read(async () => 1)).toBe(1);
  });

  test('hides what the store said from the client, and hands it to the log', async () => {
    const cause = new Error('near "SELEC": /home/user/secret.db');
    const { gate, errors } = gateOf();
    const error = await gate
      .read(() => Promise.reject(cause))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(String(error)).not.toContain('secret');
    expect(await problemOf(Promise.reject(error))).toBe('store_unreachable');
    expect(errors).toEqual([cause]);
  });

  test('tells an impossible question and a broken invariant from a failed store', async () => {
    const { gate } = gateOf();
    const question = new EngineError('7s', { code: 'timeframe', retry: 'fatal' });
    expect(await problemOf(gate.read(() => Promise.reject(question)))).toBe('not_derivable');
    const bug = new InvariantError('Invariant: x');
    expect(await problemOf(gate.read(() => Promise.reject(bug)))).toContain('Invariant: x');
  });

  test('probes a store that cannot be opened without throwing', async () => {
    const { gate } = gateOf(() => Promise.reject(new Error('refused')));
    expect(await gate.probe(1_000)).toContain('cannot be read');
    expect(await gateOf().gate.probe(1_000)).toBe('');
  });

  test('opens one reader for all, another after the store failed, closes each once', async () => {
    const opened: string[] = [];
    const closed: string[] = [];
    const { gate, time } = gateOf(async () => {
      const name = `reader ${opened.length + 1}`;
      opened.push(name);
      return { ...memoryReader(emptyRows()), close: async () => void closed.push(name) };
    });
    await Promise.all([1, 2, 3].map((n) => gate.read(async () => n)));
    expect([opened, closed]).toEqual([['reader 1'], []]);
    // Others that read with it are not cut off.
    const { promise: slow, resolve } = Promise.withResolvers<number>();
    const reading = gate.read(() => slow);
    await problemOf(gate.read(() => Promise.reject(new Error('connection lost'))));
    expect(closed).toEqual([]);
    resolve(7);
    expect(await reading).toBe(7);
    await Bun.sleep(0);
    expect(closed).toEqual(['reader 1']);
    const question = new EngineError('7s', { code: 'timeframe', retry: 'fatal' });
    await problemOf(gate.read(() => Promise.reject(question)));
    expect(await gate.read(async () => 1)).toBe(1);
    expect(opened).toEqual(['reader 1', 'reader 2']);
    // One that hangs is given up for the others.
    const hanging = gate.read(() => new Promise<never>(() => undefined));
    time.us += READ_DEADLINE_MS * 1_000;
    await problemOf(hanging);
    expect(await gate.read(async () => 2)).toBe(2);
    expect(opened).toHaveLength(3);
    gate.close();
    await Bun.sleep(0);
    expect(closed).toContain('reader 3');
  });
});
