import { expect, test } from 'bun:test';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

async function run(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(ROOT, 'src/cli/main.ts'), ...args], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}

test('the real process refuses wrong usage with one line and exit code 2', async () => {
  const { stdout, stderr, code } = await run('collect', '--frobnicate');
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toBe("tickspine: unknown option '--frobnicate'\n");
});

test('the real process prints its version as one JSON line', async () => {
  const { stdout, code } = await run('version', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'version', bun: Bun.version });
});
