/** The bench's command line: a wrong call must not cost an hour, nor look like a result. */
import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOf } from '../../../bench/harness/agreement.ts';
import { partialText, readResult, writeResult } from '../../../bench/harness/result-file.ts';
import { until } from '../../support/condition.ts';

const MAIN = new URL('../../../bench/main.ts', import.meta.url).pathname;
const LIMIT_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'bench-main-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: readonly string[]) {
  const env = { ...process.env, TMPDIR: folder };
  return Bun.spawn([process.execPath, MAIN, ...args], { env, stdout: 'pipe', stderr: 'pipe' });
}

async function run(...args: readonly string[]) {
  const child = start(...args);
  const errors = await new Response(child.stderr).text();
  const lines = errors.trimEnd().split('\n');
  return { code: await child.exited, lines, last: lines.at(-1) ?? '' };
}

describe('the bench', () => {
  test(
    'ends with 2 and one line when it is called wrongly',
    async () => {
      const calls = [['nosuch'], ['--runs', '0'], ['--bogus'], ['ring', '--out', folder]];
      for (const args of [...calls, ['ring', '--out', join(MAIN, 'a.json')]]) {
        const { code, lines } = await run(...args);
        expect([args, code, lines.length]).toEqual([args, 2, 1]);
      }
    },
    LIMIT_MS,
  );

  test(
    'keeps its command so that a reader can run it again, without a folder of this machine',
    async () => {
      const out = join(folder, 'told.json');
      await run('candles', '--quick', '--runs', '1', '--only', 'seven timeframes', '--out', out);
      const kept =
        'bun run bench candles --quick --runs 1 --only "seven timeframes" --out told.json';
      expect(readResult(out).command).toBe(kept);
    },
    LIMIT_MS,
  );

  test(
    'ends with 2 and the names of the cases when none is wanted, and writes nothing',
    async () => {
      const out = join(folder, 'none.json');
      const { code, last } = await run('ring', '--quick', '--only', 'nosuch', '--out', out);
      expect(code).toBe(2);
      expect(last).toContain("there are 'ring throughput', 'ring latency'");
      expect(existsSync(out)).toBe(false);
    },
    LIMIT_MS,
  );

  test(
    'ends with 2 and one line when a file is no result',
    async () => {
      const texts = ['{"format":1', '{"format":1,"cases":[{}]}', 'null', '{"a":[1]}', ''];
      const paths = texts.map((text, i) => {
        const path = join(folder, `wrong-${i}.json`);
        writeFileSync(path, text);
        return path;
      });
      for (const path of [...paths, folder, join(folder, 'missing.json')]) {
        const { code, lines } = await run('table', path);
        expect([path, code, lines.length]).toEqual([path, 2, 1]);
        expect(lines[0]).toContain(path);
      }
      const [first = ''] = paths;
      expect((await run('compare', first, first)).code).toBe(2);
    },
    LIMIT_MS,
  );

  test(
    'leaves no scratch folder behind when it is told to stop',
    async () => {
      for (const [signal, code] of [
        ['SIGTERM', 143],
        ['SIGINT', 130],
      ] as const) {
        const child = start('ring', '--quick', '--out', join(folder, 'stopped.json'));
        const scratch = () => readdirSync(folder).filter((name) => name.startsWith('tickspine-'));
        await until('a scratch folder', () => scratch()[0], LIMIT_MS);
        // Into the first run, or before it.
        if (signal === 'SIGTERM') await Bun.sleep(1000);
        child.kill(signal);
        expect(await child.exited).toBe(code);
        expect(await new Response(child.stderr).text()).not.toContain('failed');
        expect(scratch()).toEqual([]);
      }
    },
    LIMIT_MS,
  );

  test('names what makes a result worth nothing', () => {
    const spread = { median: 1, min: 1, max: 1, mad: 0 };
    const ours = { name: 'ours', isOurs: true, spread, metrics: {}, runs: [], failures: ['x'] };
    const about = {
      suite: 's',
      id: 'c',
      title: '',
      unit: '',
      better: 'higher',
      source: '',
    } as const;
    const rival = { ...ours, name: 'rival', isOurs: false };
    const bench = { ...about, contenders: [ours, rival], disagreements: ['sum'], goals: [] };
    expect(faultsOf([bench])).toEqual(['s c: checksums differ', 's c: ours failed']);
    expect(faultsOf([{ ...bench, contenders: [rival], disagreements: [] }])).toEqual([]);
  });

  test('says when a result was cut short', () => {
    const machine = {
      cpu: 'c',
      cores: 2,
      memoryBytes: 1,
      platform: 'p',
      bun: '1',
      commit: '',
      loadBefore: 0,
    };
    const about = { format: 1, date: 'd', command: 'c', scale: 'full', runs: 1 } as const;
    const path = join(folder, 'partial.json');
    writeResult(path, { ...about, machine, complete: false, cases: [] });
    expect(partialText(readResult(path))).toBe('PARTIAL: cut short after 0 cases');
    writeResult(path, { ...about, machine, complete: true, cases: [] });
    expect(partialText(readResult(path))).toBe('');
  });
});
