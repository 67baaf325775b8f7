/** The capture of one venue worker, or nothing at all when capturing is off. */
import { isUtf8 } from 'node:buffer';
import type { Clock } from '../base/clock.ts';
import { CaptureWriter } from '../net/capture-writer.ts';
import type { RestAnswer } from '../net/rest-client.ts';
import type { CounterRegion } from '../shm/counter-region.ts';
import type { VENUE_COUNTERS } from './counters.ts';

export class CaptureLog {
  readonly #writer: CaptureWriter | undefined;
  readonly #counters: CounterRegion<(typeof VENUE_COUNTERS)[number]>;
  /** By workers of the venue that are gone. */
  readonly #lostBefore: number;

  constructor(
    dir: string | undefined,
    venue: string,
    rotateBytes: number,
    clock: Clock,
    counters: CounterRegion<(typeof VENUE_COUNTERS)[number]>,
    log: (level: 'warn', message: string) => void,
  ) {
    this.#counters = counters;
    this.#lostBefore = counters.get('capture_lost');
    if (dir === undefined) return;
    this.#writer = new CaptureWriter({
      dir,
      venue,
      startedUs: clock.wallUs(),
      rotateBytes,
      onProblem: (message) => log('warn', `${venue}: capture: ${message}`),
    });
  }

  opened(recvUs: number, feed: string, connection: number, url: string): void {
    this.#writer?.opened(recvUs, feed, connection, url);
  }

  sent(recvUs: number, feed: string, connection: number, text: string): void {
    this.#writer?.sent(recvUs, feed, connection, text);
  }

  /** `bytes[from..to)`; a text that is no UTF-8 is kept as the bytes it is. */
  message(
    recvUs: number,
    feed: string,
    connection: number,
    isText: boolean,
    bytes: Buffer,
    from: number,
    to: number,
  ): void {
    if (this.#writer === undefined) return;
    const frame = bytes.subarray(from, to);
    if (isText && isUtf8(frame)) this.#writer.text(recvUs, feed, connection, frame);
    else this.#writer.binary(recvUs, feed, connection, frame);
  }

  /** REST belongs to the feed, not to a connection: it is written under connection 0. */
  rest(recvUs: number, feed: string, answer: RestAnswer): void {
    this.#writer?.rest(recvUs, feed, 0, answer.url, answer.status, answer.body);
  }

  closed(recvUs: number, feed: string, connection: number, code: number, reason: string): void {
    this.#writer?.closed(recvUs, feed, connection, code, reason);
  }

  /** Brings the counters up to date. */
  count(): void {
    if (this.#writer === undefined) return;
    this.#counters.set('capture_lost', this.#lostBefore + this.#writer.lost);
    this.#counters.set('capture_failing', this.#writer.isFailing ? 1 : 0);
  }

  async end(): Promise<void> {
    await this.#writer?.end();
    this.count();
  }
}
