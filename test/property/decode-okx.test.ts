/**
 * Fuzz of OKX's decoder: its golden frames, mutated in bytes and in fields. Whatever comes in: no
 * throw, and what is delivered is what the independent reference reads, or nothing is.
 */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mutatedFrames } from '../support/json-mutation.ts';
import { Collector, type Copied } from '../unit/venues/binance/collector.ts';
import { createProtocol } from '../unit/venues/okx/okx-protocol.ts';
import { referenceDecode } from '../unit/venues/okx/reference-decoder.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 5000);
console.log(`decode-okx seed ${SEED}`);

const FIXTURES = join(import.meta.dirname, '../../src/venues/okx/fixtures');
const DATA: ReadonlySet<unknown> = new Set([
  'trade',
  'quote',
  'depth',
  'derivative',
  'liquidation',
]);
const frames = ['documented.json', 'captured.json']
  .flatMap((file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')))
  .flatMap(({ frame, messages }: { frame?: string; messages: readonly Copied[] }) =>
    frame !== undefined && messages.some(({ type }) => DATA.has(type)) ? [frame] : [],
  );

/** Sizes made from contracts of more than 15 digits may differ in the last ones. */
function rounded(message: Copied): string {
  const sorted = Object.fromEntries(Object.entries(message).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(14) : value,
  );
}

describe('the decoder of OKX', () => {
  test('is exact on mutated frames', () => {
    let delivered = 0;
    const check = (bytes: Uint8Array): void => {
      // What a frame means depends on those before it, so each meets a new protocol.
      const protocol = createProtocol({ anyTape: true });
      const out = new Collector();
      const outcome = protocol.decode(bytes, bytes.length, out);
      const data = out.messages.filter(({ type }) => DATA.has(type));
      const expected = referenceDecode(bytes);
      expect(data.map(rounded)).toEqual(expected.map(rounded));
      if (expected.length > 0) expect(outcome).toBe('ok');
      if (outcome !== 'ok') expect(out.messages).toEqual([]);
      delivered += data.length;
    };
    for (const frame of frames) check(new TextEncoder().encode(frame));
    fc.assert(fc.property(mutatedFrames(frames), check), { seed: SEED, numRuns: RUNS });
    expect(delivered).toBeGreaterThan(RUNS / 10);
  }, 60_000);
});
