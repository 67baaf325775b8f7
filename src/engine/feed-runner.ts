/** One feed inside its venue worker: frames, latencies, state for the user. */
import { US_PER_SECOND } from '../base/clock.ts';
import type { RestAnswer } from '../net/rest-client.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { count, type FeedCounters, FeedSlot } from '../venues/feed-counters.ts';
import type { FeedSession } from '../venues/kit/feed-session.ts';
import type { RingSink } from './ring-sink.ts';
import type { FeedMemory } from './shared-memory.ts';

export type FeedState = 'connecting' | 'live' | 'degraded' | 'stopped';

export interface FeedRunnerHost {
  feedState(feed: string, state: FeedState, problem: string): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** A venue that did not answer by then is reported as unreachable. */
const PATIENCE_US = 4 * US_PER_SECOND;
const UNREACHABLE_SAID_EVERY_US = 30 * US_PER_SECOND;
const FRAME_LENGTH = 1 << 20;
const MALFORMED_SAMPLE_LENGTH = 256;
const MALFORMED_LOGGED_PER_SECOND = 1;

export class FeedRunner {
  readonly session: FeedSession;
  readonly counters: FeedCounters;
  /** Venue's time to receipt, of live trades. */
  readonly venueLatency: LatencyHistogram;
  readonly anyInstrument: number;
  readonly #host: FeedRunnerHost;
  readonly #published: LatencyHistogram;
  /** Where the protocol wants its frames, and where those go that are too long for that. */
  readonly #frame: Uint8Array;
  #longFrame = new Uint8Array(0);
  #firstPendingUs = Number.NaN;
  #startUs = Number.NaN;
  readonly #open = new Set<number>();
  #everOpened = false;
  #unreachableSaidUs = Number.NEGATIVE_INFINITY;
  #state: FeedState = 'connecting';
  #problem = '';
  #malformedLoggedUs = 0;

  constructor(session: FeedSession, memory: FeedMemory, host: FeedRunnerHost) {
    this.session = session;
    this.counters = session.options.counters;
    this.#frame = session.protocol.frameArea ?? new Uint8Array(FRAME_LENGTH);
    this.anyInstrument = session.options.instruments[0]?.index ?? 0;
    this.#host = host;
    this.venueLatency = new LatencyHistogram(memory.latency.venue_to_received);
    this.#published = new LatencyHistogram(memory.latency.received_to_published);
  }

  /** Takes the message `bytes[from..to)`. */
  onMessage(connection: number, bytes: Buffer, from: number, to: number, recvUs: number): void {
    const length = to - from;
    const frame = length <= this.#frame.length ? this.#frame : this.#roomFor(length);
    bytes.copy(frame, 0, from, to);
    if (Number.isNaN(this.#firstPendingUs)) this.#firstPendingUs = recvUs;
    const outcome = this.session.onFrame(connection, frame, length, recvUs);
    if (outcome === 'malformed') this.#sampleMalformed(frame, length, recvUs);
  }

  onOpen(connection: number, url: string, nowUs: number): void {
    this.#everOpened = true;
    this.#open.add(connection);
    this.#setState('live', '');
    this.#host.log('info', `${this.#feed}: connected ${url}`);
    this.session.onOpen(connection, nowUs);
  }

  onClose(connection: number, url: string, code: number, reason: string, nowUs: number): void {
    const text = reason === '' ? `code ${code}` : `code ${code}: ${reason}`;
    if (this.#open.delete(connection)) {
      this.#host.log('warn', `${this.#feed}: connection to ${hostOf(url)} ended, ${text}`);
    }
    if (!this.#everOpened) this.#unreachable(hostOf(url), text, nowUs);
    else this.#setState('degraded', `connection ended, ${text}; reconnecting`);
    this.session.onClose(connection, code, reason, nowUs);
  }

  onRest({ url, status, body, retryAfterUs }: RestAnswer, nowUs: number): void {
    this.session.onRest(url, status, body, retryAfterUs, nowUs);
  }

  onFrameDropped(): void {
    count(this.counters, FeedSlot.frames_dropped);
  }

  onTick(nowUs: number, backlogLength: number, sink: RingSink): void {
    if (Number.isNaN(this.#startUs)) this.#startUs = nowUs;
    this.session.onTick(nowUs);
    this.counters[FeedSlot.backlog_length] = backlogLength;
    this.counters[FeedSlot.ring_used_length] = sink.usedLength();
    this.counters[FeedSlot.ring_capacity] = sink.capacity;
    const isSilent = !this.#everOpened && nowUs - this.#startUs > PATIENCE_US;
    if (isSilent && this.#problem === '') {
      this.#unreachable(hostOf(this.session.options.urls.ws), 'no answer', nowUs);
    }
  }

  onPublished(nowUs: number): void {
    if (Number.isNaN(this.#firstPendingUs)) return;
    this.#published.record(nowUs - this.#firstPendingUs);
    this.#firstPendingUs = Number.NaN;
  }

  get #feed(): string {
    return this.session.options.feed.id;
  }

  #roomFor(length: number): Uint8Array {
    if (length > this.#longFrame.length) this.#longFrame = new Uint8Array(2 * length);
    return this.#longFrame;
  }

  /** At most one sample a second reaches the log, whatever the venue sends. */
  #sampleMalformed(frame: Uint8Array, length: number, recvUs: number): void {
    if (recvUs - this.#malformedLoggedUs < US_PER_SECOND / MALFORMED_LOGGED_PER_SECOND) return;
    this.#malformedLoggedUs = recvUs;
    const sample = new TextDecoder().decode(
      frame.slice(0, Math.min(length, MALFORMED_SAMPLE_LENGTH)),
    );
    const total = this.counters[FeedSlot.malformed];
    const text = JSON.stringify(sample);
    this.#host.log('warn', `${this.#feed}: malformed frame ${total}, ${length} bytes: ${text}`);
  }

  /** Said at once and then rarely: the retries go on for as long as it takes. */
  #unreachable(host: string, reason: string, nowUs: number): void {
    const problem = `cannot reach ${host} (${reason}); retrying`;
    if (nowUs - this.#unreachableSaidUs >= UNREACHABLE_SAID_EVERY_US) {
      this.#unreachableSaidUs = nowUs;
      this.#host.log(
        'warn',
        `${this.#feed}: ${problem}. No network? \`bun run collect --simulate\` ` +
          'records the embedded exchange',
      );
    }
    this.#setState('connecting', problem);
  }

  #setState(state: FeedState, problem: string): void {
    if (state === this.#state && problem === this.#problem) return;
    this.#state = state;
    this.#problem = problem;
    this.#host.feedState(this.#feed, state, problem);
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch (error) {
    if (error instanceof TypeError) return url;
    throw error;
  }
}
