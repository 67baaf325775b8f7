/** Golden frames and answers: the venue's documented examples and frames of a real recording. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VenueFixture } from '../../../support/venue-fixtures.ts';
import type { Copied } from '../binance/collector.ts';
import { answer, createProtocol, decode, feed, instruments, SYMBOLS } from './feed.ts';

const FOLDER = join(import.meta.dirname, '../../../../src/venues/hyperliquid/fixtures');
const names = instruments(SYMBOLS).map((each) => each.symbol);

for (const file of ['documented.json', 'captured.json']) {
  const fixtures: VenueFixture[] = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

  describe(file, () => {
    for (const { name, frame, url = '', body, outcome, messages } of fixtures) {
      test(name, () => {
        const protocol = createProtocol();
        const decoded =
          frame === undefined
            ? answer(protocol, url, JSON.parse(body ?? ''))
            : decode(protocol, frame);
        expect(String(decoded.outcome)).toBe(outcome);
        expect(decoded.messages).toEqual(messages.map(restore));
      });
    }
  });
}

test('the feed is called as the captures call it', () => {
  expect(feed.id).toBe('hyperliquid');
});

/** Fixtures name the symbol and write NaN as null. */
function restore({ symbol, error, ...rest }: Readonly<Record<string, unknown>>): Copied {
  const values = Object.entries(rest).map(([key, value]) => [key, value ?? Number.NaN]);
  const restored: Copied = Object.fromEntries(values);
  if (rest.type === 'ack' || rest.type === 'stream-ack') restored.error = error;
  if (typeof symbol === 'string') restored.instrument = names.indexOf(symbol);
  return restored;
}
