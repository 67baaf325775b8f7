/** When a run ends: by a signal, when its time is up, or by itself. */
import { delay, systemClock, US_PER_MS } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import type { CliIo } from './cli-io.ts';

export interface StopReason {
  /** `duration`, the signal's name, or what the run itself said. */
  readonly reason: string;
  readonly isFailure: boolean;
}

/** A timer cannot be set further ahead than 24.8 days, and a duration may be longer. */
const WAIT_MS_MAX = 60_000;
const FORCED_EXIT_CODE = 130;

/**
 * Resolves with the first reason to stop. From then on another signal ends the process at once:
 * `beforeForcedExit` puts the terminal in order.
 */
export async function awaitStop(
  io: CliIo,
  durationMs: number | undefined,
  ended: Promise<string>,
  beforeForcedExit: () => void,
): Promise<StopReason> {
  const wait = { isOver: false };
  const bySignal = new Promise<StopReason>((resolve) => {
    io.onStopSignal((signal) => {
      if (!wait.isOver) {
        wait.isOver = true;
        resolve({ reason: signal, isFailure: false });
        return;
      }
      beforeForcedExit();
      io.stderr(`tickspine: ${signal} again: stopped without draining\n`);
      io.exitNow(FORCED_EXIT_CODE);
    });
  });
  const byItself = ended.then(
    (reason): StopReason => ({ reason, isFailure: false }),
    (error: unknown): StopReason => ({ reason: errorText(error), isFailure: true }),
  );
  const racers = [bySignal, byItself];
  if (durationMs !== undefined) racers.push(afterDuration(durationMs, wait));
  const reason = await Promise.race(racers);
  wait.isOver = true;
  return reason;
}

async function afterDuration(ms: number, wait: { readonly isOver: boolean }): Promise<StopReason> {
  const endUs = systemClock.monoUs() + ms * US_PER_MS;
  while (!wait.isOver) {
    const leftMs = (endUs - systemClock.monoUs()) / US_PER_MS;
    if (leftMs <= 0) break;
    await delay(Math.min(leftMs, WAIT_MS_MAX));
  }
  return { reason: 'duration', isFailure: false };
}
