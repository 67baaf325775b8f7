/** Golden frames and answers: documented examples, and recordings of December 2025. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VenueFixture } from '../../../support/venue-fixtures.ts';
import type { Copied } from '../binance/collector.ts';
import { answer, createProtocol, decode, instruments, SYMBOLS } from './feed.ts';

const FILE = join(import.meta.dirname, '../../../../src/venues/deribit/fixtures/documented.json');
const fixtures: VenueFixture[] = JSON.parse(readFileSync(FILE, 'utf8'));
const names = instruments(SYMBOLS).map((each) => each.symbol);

describe('documented.json', () => {
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

/** Fixtures name the symbol and write NaN as null. */
function restore({ symbol, error, ...rest }: Readonly<Record<string, unknown>>): Copied {
  const values = Object.entries(rest).map(([key, value]) => [key, value ?? Number.NaN]);
  const restored: Copied = Object.fromEntries(values);
  if (rest.type === 'ack') restored.error = error;
  if (typeof symbol === 'string') restored.instrument = names.indexOf(symbol);
  return restored;
}
