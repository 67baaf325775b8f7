import { expect, test } from 'bun:test';
import { totalsLine, totalsOf } from '../../../scripts/test-totals.ts';

test('totals are read from the end of what bun prints, colours or not', () => {
  const output = [
    'a test prints:',
    ' 3 pass',
    '',
    '\x1b[0m\x1b[32m 812 pass\x1b[0m',
    ' 2 skip',
    ' 1 todo',
    '\x1b[0m\x1b[2m 0 fail\x1b[0m',
    ' 4000 expect() calls',
    'Ran 815 tests across 60 files. [12.00s]',
  ].join('\n');
  expect(totalsOf(output)).toEqual({ passed: 812, failed: 0, skipped: 3 });
  expect(totalsLine(totalsOf(output))).toBe('812 passed, 0 failed, 3 skipped');
});

test('files that could not be loaded count as failed', () => {
  expect(totalsOf(' 5 pass\n 1 fail\n 2 errors\n')).toEqual({ passed: 5, failed: 3, skipped: 0 });
  expect(totalsOf(' 5 pass\n 1 error\n').failed).toBe(1);
});

test('no output is no test', () => {
  expect(totalsOf('')).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
