import { describe, expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, redirectLog } from '../../../src/base/log.ts';

function capture(level: string, isPretty: boolean) {
  const lines: string[] = [];
  const log = createLog({ level, isPretty, write: (line) => lines.push(line) });
  return { lines, log };
}

describe('log', () => {
  test('writes one JSON object a line with level, time, fact and values', () => {
    const { lines, log } = capture('info', false);
    log.info('gap repaired', { feed: 'binance.spot', trades: 12 });
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.endsWith('\n')).toBe(true);
    const { time, ...rest } = JSON.parse(line);
    expect(rest).toEqual({ level: 'info', fact: 'gap repaired', feed: 'binance.spot', trades: 12 });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('writes nothing below its level, and nothing at all when silent', () => {
    const { lines, log } = capture('warn', false);
    log.info('quiet');
    log.debug('quieter');
    log.write('error', 'loud');
    expect(lines).toHaveLength(1);
    const silent = capture('silent', false);
    silent.log.error('gone');
    expect(silent.lines).toEqual([]);
  });

  test('shows a person one short line', () => {
    const { lines, log } = capture('debug', true);
    log.child({ thread: 'writer' }).warn('store is slow', { commit_ms: 812, url: 'a b' });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}store is slow thread=writer commit_ms=812 url="a b"\n$/,
    );
  });

  test('never shows a secret, in values, in the fact or in a child', () => {
    const { lines, log } = capture('info', false);
    const secret = 'hunter2';
    log.info(`opened mssql://sa:${secret}@db/x`, {
      token: secret,
      url: `postgres://u:${secret}@h`,
    });
    log.child({ http: { token: secret } }).info('listening');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(secret);
  });

  test('goes where it is redirected to, until that ends', () => {
    const lines: string[] = [];
    const restore = redirectLog((line) => lines.push(line));
    const log = createLog({ level: 'info', isPretty: true });
    log.info('above the panel');
    restore();
    expect(lines).toHaveLength(1);
  });

  test('works in a worker thread', async () => {
    const log = join(import.meta.dirname, '../../../src/base/log.ts');
    const script = `
      import { createLog } from ${JSON.stringify(log)};
      if (Bun.isMainThread) {
        new Worker(import.meta.url).onmessage = () => process.exit(0);
      } else {
        createLog({ level: 'info', isPretty: false }).info('from a worker', { n: 1 });
        postMessage(1);
      }`;
    const file = join(tmpdir(), `log-worker-${process.pid}.ts`);
    await Bun.write(file, script);
    const run = Bun.spawn([process.execPath, file], { stderr: 'pipe', stdout: 'ignore' });
    const text = await new Response(run.stderr).text();
    await run.exited;
    await Bun.file(file).delete();
    expect(JSON.parse(text.trim())).toMatchObject({ fact: 'from a worker', n: 1 });
  });
});
