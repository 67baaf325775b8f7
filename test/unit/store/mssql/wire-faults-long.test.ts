/** Faults of the wire at random: whatever strikes, in the end every row is there once. */
import { expect, test } from 'bun:test';
import { EngineError } from '../../../../src/base/errors.ts';
import { Prng } from '../../../../src/base/prng.ts';
import { BatchBuilder, MINUTE_US, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { withBackedStore } from '../../../support/tds-peer/backed-store.ts';
import type { Fault, PeerEvent } from '../../../support/tds-peer/peer.ts';

const BATCHES = 40;
const ROWS = 30;
const TRIES_MAX = 20;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

const VICTIM = { number: 1205, message: 'chosen as the deadlock victim', class: 13 };
const THROTTLED = { number: 40501, message: 'The service is currently busy', class: 20 };
const WHAT: readonly Fault['does'][] = ['close', 'hang', VICTIM, THROTTLED, { delayMs: 20 }];

function anyFault(prng: Prng): Fault {
  const kinds: readonly PeerEvent['kind'][] = ['batch', 'load', 'transaction', 'login', 'call'];
  const kind = kinds[prng.below(kinds.length)];
  let skip = prng.below(6);
  const does = WHAT[prng.below(WHAT.length)] ?? 'close';
  // Some event of that kind, not the next one each time.
  return { when: (event) => event.kind === kind && skip-- <= 0, does };
}

test(
  `rows are each there once after faults at random, SEED=${SEED}`,
  () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      const prng = new Prng(SEED);
      let failed = 0;
      for (let number = 0; number < BATCHES; number += 1) {
        const builder = new BatchBuilder();
        for (let i = 0; i < ROWS; i += 1) {
          const id = number * ROWS + i + 1;
          builder.trade({ id, tsUs: NEW_YEAR_US + id }).quote([1, 2, 3, 4], NEW_YEAR_US + id, id);
        }
        builder.candle({ openUs: NEW_YEAR_US + number * MINUTE_US });
        const batch = builder.build();
        if (prng.chance(0.6)) peer.faults.push(anyFault(prng));
        for (let tries = 1; ; tries += 1) {
          try {
            await writer.write(batch);
            break;
          } catch (error) {
            if (!(error instanceof EngineError) || error.retry !== 'retry') throw error;
            if (tries > TRIES_MAX) throw error;
            failed += 1;
          }
        }
      }
      peer.faults.length = 0;
      const open = await reader();
      const whole = { limit: 100_000, order: 'asc' } as const;
      const ids = (await open.trades(whole)).map((row) => row.trade_id);
      expect(ids).toEqual(Array.from({ length: BATCHES * ROWS }, (_, i) => i + 1));
      expect((await open.quotes(whole)).length).toBe(BATCHES * ROWS);
      expect(await open.gaps(whole)).toEqual([]);
      expect(failed).toBeGreaterThan(0);
    }, 'encrypt=false&timeout_ms=400&connect_timeout_ms=2000'),
  60_000,
);
