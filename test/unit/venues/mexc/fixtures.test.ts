/** Golden frames and answers, message by message; each frame also inside a larger buffer. */
import { describe, expect, test } from 'bun:test';
import type { Copied } from '../binance/collector.ts';
import {
  bytesOf,
  createProtocol,
  decodeAnswer,
  decodeFrame,
  fixturesOf,
  MexcCollector,
  SYMBOLS,
} from './feed.ts';

for (const file of ['spot.json', 'contract.json'] as const) {
  describe(file, () => {
    for (const fixture of fixturesOf(file)) {
      test(fixture.name, () => {
        const expected = fixture.messages.map((each) => restore(each, fixture.feed));
        const protocol = createProtocol(fixture.feed);
        if (fixture.body !== undefined) {
          const answer = decodeAnswer(protocol, fixture.url ?? '', fixture.body);
          expect(answer).toEqual({ outcome: fixture.outcome, messages: expected });
          return;
        }
        const bytes = bytesOf(fixture);
        const { outcome, messages } = decodeFrame(protocol, bytes);
        expect(outcome).toBe(fixture.outcome);
        const told = messages.filter((each) => each.type !== 'ack-in-order');
        expect(told).toEqual(expected);
        const padded = new Uint8Array(bytes.length + 9).fill(0x31);
        padded.set(bytes);
        const out = new MexcCollector();
        expect(protocol.decode(padded, bytes.length, out)).toBe(outcome);
        expect(out.messages).toEqual([...messages]);
      });
    }
  });
}

/** Fixtures name the symbol, write NaN as null and leave out what MEXC has none of. */
function restore(message: Copied, feedId: string): Copied {
  const { symbol, ...rest } = message;
  const values = Object.entries(rest).map(([key, value]) => [key, value ?? Number.NaN]);
  const restored: Copied = Object.fromEntries(values);
  if ('error' in message) restored.error = message.error ?? undefined;
  if (message.type === 'trade') restored.firstTradeId = Number.NaN;
  if (message.type === 'depth') restored.checksum = Number.NaN;
  if (typeof symbol === 'string') restored.instrument = SYMBOLS[feedId]?.indexOf(symbol);
  return restored;
}
