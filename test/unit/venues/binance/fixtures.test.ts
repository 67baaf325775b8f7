/** Golden frames: the venue's documented examples and frames of real recordings. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copied, createProtocol, decodeAnswer, decodeFrame, symbolsOf } from './collector.ts';

const FOLDER = join(import.meta.dirname, '../../../../src/venues/binance/fixtures');

interface Fixture {
  readonly feed: string;
  readonly name: string;
  readonly frame?: string;
  readonly url?: string;
  readonly body?: string;
  readonly outcome: string;
  readonly messages: readonly Copied[];
}

const metadata = JSON.parse(readFileSync(join(FOLDER, 'metadata.json'), 'utf8'));

for (const file of ['documented.json', 'captured.json', 'coinm.json']) {
  const fixtures: Fixture[] = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

  describe(file, () => {
    test('names its source', () => {
      expect(metadata[file].urls.length).toBeGreaterThan(0);
    });

    for (const fixture of fixtures) {
      test(`${fixture.feed}: ${fixture.name}`, () => {
        const protocol = createProtocol(fixture.feed, { anyTape: true });
        const { frame, url = '', body = '' } = fixture;
        const { outcome, messages } =
          frame === undefined ? decodeAnswer(protocol, url, body) : decodeFrame(protocol, frame);
        expect(outcome).toBe(fixture.outcome as typeof outcome);
        expect(messages).toEqual(fixture.messages.map((each) => restore(each, fixture.feed)));
        if (frame === undefined) return;
        // Space between tokens is beyond the fast path: both paths must read the frame alike.
        const spaced = decodeFrame(protocol, ` ${frame.replaceAll('":', '" : ')} `);
        expect(spaced).toEqual({ outcome, messages });
      });
    }
  });
}

/** Fixtures name the symbol and write NaN as null. */
function restore(message: Copied, feedId: string): Copied {
  const { symbol, ...rest } = message;
  const values = Object.entries(rest).map(([key, value]) => [key, value ?? Number.NaN]);
  const restored: Copied = Object.fromEntries(values);
  if (message.type === 'ack') restored.error = message.error;
  // What Binance has none of is not in the fixtures.
  if (message.type === 'trade') restored.firstTradeId = Number.NaN;
  if (message.type === 'depth') restored.checksum = Number.NaN;
  if (symbol !== undefined) restored.instrument = symbolsOf(feedId).indexOf(symbol as string);
  return restored;
}
