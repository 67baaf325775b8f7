/**
 * A writer that is killed outright: what it said it had appended is there for the next run. Until
 * then nobody else gets at it.
 */
import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../../../src/store/spool.ts';
import { coins, idsOf } from '../../support/spool-batch.ts';

const SCRIPT = join(import.meta.dir, '../../support/spool-writer.ts');
const KILLS = 5;

test('a spool that another process has open is refused, until that is killed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'spool-lock-'));
  const writer = Bun.spawn([process.execPath, SCRIPT, dir, '3'], { stdout: 'pipe' });
  const reader = writer.stdout.getReader();
  let text = '';
  while (!text.includes('3\n')) text += new TextDecoder().decode((await reader.read()).value);
  const options = {
    dir,
    lengthMax: 1 << 30,
    instruments: coins('BTC'),
    timeframes: ['1m'],
    report: () => {},
  };
  const before = readdirSync(dir).sort();
  expect(() => Spool.open(options)).toThrow(`spool ${dir} is in use`);
  expect(readdirSync(dir).sort()).toEqual(before);
  writer.kill('SIGKILL');
  await writer.exited;
  const spool = Spool.open(options);
  expect(spool.count).toBe(3);
  expect(() => Spool.open(options)).toThrow('is in use');
  spool.close();
  Spool.open(options).close();
  rmSync(dir, { recursive: true });
}, 30_000);

test(
  'a killed writer loses no batch it had appended, and no run after it either',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'spool-kill-'));
    const saidLast: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writer = Bun.spawn([process.execPath, SCRIPT, dir], { stdout: 'pipe' });
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of writer.stdout) {
        text += decoder.decode(chunk);
        // At another point of its life each time.
        if (text.length > 400 + 1_777 * kill) writer.kill('SIGKILL');
      }
      await writer.exited;
      const lines = text.split('\n');
      saidLast.push(Number(lines.at(-2)));
    }
    const spool = Spool.open({
      dir,
      lengthMax: 1 << 30,
      instruments: coins('BTC'),
      timeframes: ['1m'],
      report: () => {},
    });
    expect(spool.recovery).toMatchObject({ framesLost: 0, framesMissing: 0 });
    for (const last of saidLast) {
      expect(last).toBeGreaterThan(50);
      for (let id = 1; id <= last; id += 1) {
        const ids = idsOf(spool.peek());
        expect(ids[0]).toBe(id);
        expect(ids).toHaveLength(200);
        spool.acknowledge();
      }
      // Taken, but killed before it could say so: at most the one under way.
      if (idsOf(spool.peek())[0] === last + 1) spool.acknowledge();
    }
    expect(spool.isEmpty).toBe(true);
    spool.close();
    rmSync(dir, { recursive: true });
  },
  { timeout: 30_000 },
);
