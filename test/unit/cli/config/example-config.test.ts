import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigSource } from '../../../../src/cli/config/config-source.ts';
import { checkConfig } from '../../../../src/cli/config/load-config.ts';
import { allKeys } from '../../../../src/cli/config/schema-keys.ts';

const text = readFileSync(join(import.meta.dirname, '../../../../tickspine.example.yaml'), 'utf8');
/** What is off by default is documented as comments: `  # token: …`, `# retention:`. */
const complete = text.replace(/^(\s*)# ( *[a-z0-9_]+:(?: \S+)?)$/gm, '$1$2');
/** `store` and `stores` stand for each other. */
const valid = complete.replace(/^store: .*$/m, '');

/** Sections whose keys are names, not settings. */
const NAMED = ['feeds.', 'retention.candles.'];

function keysOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [prefix.slice(0, -1)];
  }
  return Object.entries(value).flatMap(([key, member]) =>
    keysOf(member, `${prefix}${NAMED.includes(prefix) ? '*' : key}.`),
  );
}

test('the example file has every key of the schema and no other', () => {
  const { values } = ConfigSource.fromText('example', complete, { TICKSPINE_TOKEN: 't' });
  expect([...new Set(keysOf(values))].sort()).toEqual(allKeys().sort());
});

test('the example file is valid, with and without what it comments out', () => {
  checkConfig(ConfigSource.fromText('example', text, {}));
  checkConfig(ConfigSource.fromText('example', valid, { TICKSPINE_TOKEN: 't' }));
});

test('the example file shows the defaults', () => {
  const example = checkConfig(ConfigSource.fromText('example', text, {})).config;
  const defaults = checkConfig(ConfigSource.defaults()).config;
  // The second feed shows optional keys with the values most people would try.
  expect({ ...example, feeds: {} }).toEqual({ ...defaults, feeds: {} });
  expect(example.feeds['binance.spot']).toEqual(defaults.feeds['binance.spot']);
});
