/**
 * The one way from HTTP to the store. Bounds how many requests read at once, gives each a deadline,
 * and turns what the store throws into the answers the API documents.
 *
 * A store that hangs must not take the service with it: after the deadline the client gets its 503
 * and the place is free again; the abandoned read ends whenever it does.
 */
import { InvariantError } from '../base/assert.ts';
import { type Clock, every, type Timer, US_PER_MS } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { StoreReader } from '../store/contract.ts';
import { HttpProblem } from './problem.ts';
import { SharedReader } from './shared-reader.ts';

export const READ_COUNT_MAX = 64;
export const READ_DEADLINE_MS = 10_000;
const SWEEP_MS = 100;

/** Codes of store errors that are about the question, not about the store. */
const QUESTION_CODES: ReadonlySet<string> = new Set(['timeframe', 'not_derivable']);

interface Waiting {
  readonly deadlineUs: number;
  readonly expire: () => void;
}

export interface StoreGateOptions {
  readonly reader: () => Promise<StoreReader>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export class StoreGate {
  readonly #options: StoreGateOptions;
  readonly #reader: SharedReader;
  readonly #waiting = new Set<Waiting>();
  #sweep: Timer | undefined;

  constructor(options: StoreGateOptions) {
    this.#options = options;
    this.#reader = new SharedReader(options.reader, options.onError);
  }

  /** Runs `task` with the reader, or throws the 503 at once when too many requests read already. */
  read<T>(task: (reader: StoreReader) => Promise<T>): Promise<T> {
    if (this.#waiting.size >= READ_COUNT_MAX) {
      throw new HttpProblem('overloaded', `${READ_COUNT_MAX} requests are being read: try again`, {
        headers: { 'retry-after': '1' },
      });
    }
    return this.#run(task, READ_DEADLINE_MS);
  }

  /** '' when the store answers within `deadlineMs`, else why not. Never refused, never throws. */
  async probe(deadlineMs: number): Promise<string> {
    try {
      await this.#run((reader) => reader.sessions(1), deadlineMs);
      return '';
    } catch (error) {
      return error instanceof HttpProblem ? error.message : 'the store failed';
    }
  }

  close(): void {
    this.#reader.giveUp();
    this.#sweep?.stop();
  }

  async #run<T>(task: (reader: StoreReader) => Promise<T>, deadlineMs: number): Promise<T> {
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const waiting: Waiting = {
      deadlineUs: this.#options.clock.monoUs() + deadlineMs * US_PER_MS,
      expire: () => reject(unreachableStore(`gave no answer within ${deadlineMs} ms`)),
    };
    this.#waiting.add(waiting);
    this.#sweep ??= every(SWEEP_MS, () => this.#expireOverdue());
    try {
      return await Promise.race([this.#reader.use(task, isStoreFault), expired]);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** One timer for all reads; it stops when nothing waits. */
  #expireOverdue(): void {
    const nowUs = this.#options.clock.monoUs();
    for (const waiting of this.#waiting) {
      if (waiting.deadlineUs > nowUs) continue;
      waiting.expire();
      // A connection that hangs is of no use to the next request either.
      this.#reader.giveUp();
    }
    if (this.#waiting.size > 0) return;
    this.#sweep?.stop();
    this.#sweep = undefined;
  }

  #explain(error: unknown): unknown {
    if (error instanceof HttpProblem || isDefect(error)) return error;
    if (isQuestion(error)) {
      return new HttpProblem('not_derivable', error.message, { cause: error });
    }
    this.#options.onError(error);
    return unreachableStore('cannot be read now', error);
  }
}

function isQuestion(error: unknown): error is EngineError {
  return error instanceof EngineError && QUESTION_CODES.has(error.code);
}

/** What a new connection may mend. */
function isStoreFault(error: unknown): boolean {
  return !(error instanceof HttpProblem || isDefect(error) || isQuestion(error));
}

/** Our own mistakes are a 500, not the store's failure. */
function isDefect(error: unknown): boolean {
  return (
    error instanceof InvariantError || error instanceof TypeError || error instanceof ReferenceError
  );
}

function unreachableStore(what: string, cause?: unknown): HttpProblem {
  return new HttpProblem('store_unreachable', `the store ${what}: try again`, {
    headers: { 'retry-after': '2' },
    cause,
  });
}
