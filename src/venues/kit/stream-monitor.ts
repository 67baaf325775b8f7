/**
 * Per-stream liveness: which streams are subscribed, when each last brought data, and which are
 * stale. Staleness acts on the one stream, never on its connection.
 */
import { CHANNEL_NAMES, type ChannelName } from '../../model/record-layout.ts';
import type { Stream } from '../contract.ts';

interface Watch {
  readonly stream: Stream;
  readonly afterUs: number;
  isLive: boolean;
  liveSinceUs: number;
  /** When it was found stale; NaN while it is not. */
  staleSinceUs: number;
  attempts: number;
  nextActUs: number;
}

export interface StaleEvent {
  readonly stream: Stream;
  readonly lastSeenUs: number;
}

export class StreamMonitor {
  /** Receive time of the last data of instrument slot × channel; written by the hot path. */
  readonly lastSeenUs: Float64Array;
  readonly #watches: Watch[] = [];
  readonly #slotOf: (instrument: number) => number;

  constructor(
    streams: readonly Stream[],
    instrumentCount: number,
    slotOf: (instrument: number) => number,
    staleAfterUs: (channel: ChannelName) => number,
  ) {
    this.lastSeenUs = new Float64Array(instrumentCount * CHANNEL_NAMES.length);
    this.#slotOf = slotOf;
    for (const stream of streams) {
      this.#watches.push({
        stream,
        afterUs: staleAfterUs(stream.channel),
        isLive: false,
        liveSinceUs: 0,
        staleSinceUs: Number.NaN,
        attempts: 0,
        nextActUs: 0,
      });
    }
  }

  index(instrument: number, channel: ChannelName): number {
    return this.#slotOf(instrument) * CHANNEL_NAMES.length + CHANNEL_NAMES.indexOf(channel);
  }

  setLive(streams: readonly Stream[], isLive: boolean, nowUs: number): void {
    for (const watch of this.#watches) {
      if (!streams.includes(watch.stream)) continue;
      if (isLive && !watch.isLive) watch.liveSinceUs = nowUs;
      watch.isLive = isLive;
    }
  }

  /** Streams found stale now (to act on), and those that flow again since the last call. */
  check(nowUs: number): { readonly stale: StaleEvent[]; readonly recovered: StaleEvent[] } {
    const stale: StaleEvent[] = [];
    const recovered: StaleEvent[] = [];
    for (const watch of this.#watches) {
      const { stream } = watch;
      const seenUs = this.lastSeenUs[this.index(stream.instrument, stream.channel)] as number;
      const lastSeenUs = Math.max(seenUs, watch.liveSinceUs);
      if (!Number.isNaN(watch.staleSinceUs) && seenUs > watch.staleSinceUs) {
        recovered.push({ stream, lastSeenUs: watch.staleSinceUs });
        watch.staleSinceUs = Number.NaN;
        watch.attempts = 0;
      }
      if (!watch.isLive || nowUs - lastSeenUs < watch.afterUs || nowUs < watch.nextActUs) continue;
      if (Number.isNaN(watch.staleSinceUs)) watch.staleSinceUs = lastSeenUs;
      // A quiet market looks the same: ask again ever more rarely.
      watch.attempts += 1;
      watch.nextActUs = nowUs + watch.afterUs * 2 ** Math.min(watch.attempts, 6);
      stale.push({ stream, lastSeenUs: watch.staleSinceUs });
    }
    return { stale, recovered };
  }

  /** Streams stale right now. */
  get staleCount(): number {
    let n = 0;
    for (const watch of this.#watches) if (!Number.isNaN(watch.staleSinceUs)) n += 1;
    return n;
  }
}
