import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/run-cli.ts';
import { feedEntries, TABLE_END, TABLE_START, withVenues } from '../../../src/cli/venues-facts.ts';
import { discoverVenues } from '../../../src/venues/discover.ts';
import { plainIo, plainParts } from '../../support/plain-cli.ts';
import { WorkFolder } from '../../support/work-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');
const venues = await discoverVenues();
const entries = feedEntries(venues);

describe('the feeds there are', () => {
  test('stand in the README as their manifests say (if not: venues --markdown README.md)', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(withVenues(readme, entries)).toBe(readme);
  });

  test('say for every channel what it was verified against and where it is documented', () => {
    expect(entries.length).toBeGreaterThan(0);
    for (const { feed, channels, limits } of entries) {
      expect(channels.map(({ channel }) => `${feed} ${channel}`)).toContain(`${feed} trades`);
      expect(limits.streams_per_connection ?? 1).toBeGreaterThan(0);
      for (const { stream, docs, verified, stale_after_s } of channels) {
        expect(stream).not.toBe('');
        expect(docs).toMatch(/^https:\/\/\S+$/);
        expect(verified.length).toBeGreaterThan(5);
        expect(stale_after_s).toBeGreaterThan(0);
      }
    }
  });

  test('are a text without markers no table can be written into', () => {
    expect(withVenues('# Title\n', entries)).toBeUndefined();
    expect(withVenues(`${TABLE_END}\n${TABLE_START}`, entries)).toBeUndefined();
  });
});

describe('command venues', () => {
  const run = async (...args: string[]) => {
    const io = plainIo();
    const parts = plainParts({ discoverVenues: async () => venues });
    const code = await runCli(['venues', ...args], io, parts);
    return { code, out: io.out.join(''), err: io.err.join('') };
  };

  test('prints each channel of each feed', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    for (const { feed, channels } of entries) {
      for (const { stream, verified } of channels) {
        const line = out.split('\n').find((each) => each.includes(stream) && each.includes(feed));
        expect(line).toContain(verified);
      }
    }
  });

  test('gives the same as JSON, with null for what a venue does not limit', async () => {
    const { code, out } = await run('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      command: 'venues',
      feeds: JSON.parse(JSON.stringify(entries)),
    });
    expect(out).not.toContain('Infinity');
  });

  test('writes its table between the markers of a file and leaves the rest alone', async () => {
    using folder = new WorkFolder();
    const text = `# Title\n\n${TABLE_START}\nan earlier table\n${TABLE_END}\n\nThe end.\n`;
    const path = folder.write('README.md', text);
    expect(await run('--markdown', path)).toMatchObject({ code: 0, err: '' });
    const written = readFileSync(path, 'utf8');
    expect(written).toStartWith(`# Title\n\n${TABLE_START}\n| feed |`);
    expect(written).toEndWith(`${TABLE_END}\n\nThe end.\n`);
    expect(written).not.toContain('an earlier table');
    expect((await run('--markdown', path)).out).toContain('was up to date');
  });

  test('refuses a file without markers or none at all', async () => {
    using folder = new WorkFolder();
    const path = folder.write('x.md', '# Title\n');
    expect(await run('--markdown', path)).toMatchObject({ code: 2 });
    expect((await run('--markdown', folder.file('none.md'))).err).toContain('no such file');
  });
});
