/**
 * The embedded exchange in a thread of its own, so that it loads another core than its client. The
 * messages are the whole protocol; `workers/exchange.worker.ts` is the other end.
 */
import { Worker } from 'node:worker_threads';
import { delay } from '../base/clock.ts';
import { EngineError, errorText, UsageError } from '../base/errors.ts';
import type { FeedUrls } from '../venues/contract.ts';
import {
  type Exchange,
  type ExchangeOptions,
  type ExchangeStats,
  exchangeUrls,
} from './exchange-options.ts';

export type ToExchange = { readonly type: 'stats' } | { readonly type: 'stop' };

export type FromExchange =
  | { readonly type: 'ready'; readonly port: number; readonly feeds: readonly string[] }
  | { readonly type: 'stats'; readonly stats: ExchangeStats }
  | { readonly type: 'failed'; readonly message: string; readonly isUsage: boolean }
  | { readonly type: 'stopped'; readonly stats: ExchangeStats };

/** How the thread came to its end: with its last counts, or by what. */
type ThreadEnd = ExchangeStats | EngineError;

const STOP_WAIT_MS = 5_000;

/**
 * Like `startExchange`, in a worker. Rejects as that does; `onFailure` is told when the exchange
 * dies later by itself (a full disk under the truth file).
 */
export async function startExchangeThread(
  options: ExchangeOptions,
  onFailure?: (error: EngineError) => void,
): Promise<Exchange> {
  const worker = new Worker(new URL('../../workers/exchange.worker.ts', import.meta.url), {
    workerData: options,
  });
  const ready = Promise.withResolvers<Extract<FromExchange, { type: 'ready' }>>();
  const ended = Promise.withResolvers<ThreadEnd>();
  const statsWaiters: PromiseWithResolvers<ExchangeStats>[] = [];
  let isReady = false;
  const end = (error: EngineError) => {
    ready.reject(error);
    ended.resolve(error);
  };
  worker.on('error', (cause) => {
    const message = `exchange: ${errorText(cause)}`;
    const error = new EngineError(message, { code: 'exchange', retry: 'fatal', cause });
    end(error);
    if (isReady) onFailure?.(error);
  });
  worker.on('exit', () => {
    end(new EngineError('exchange: it was stopped', { code: 'exchange', retry: 'fatal' }));
  });
  worker.on('message', (message: FromExchange) => {
    if (message.type === 'ready') ready.resolve(message);
    else if (message.type === 'stats') statsWaiters.shift()?.resolve(message.stats);
    else if (message.type === 'stopped') ended.resolve(message.stats);
    else {
      const { message: text, isUsage } = message;
      const failed = { code: 'exchange', retry: 'fatal' } as const;
      end(isUsage ? new UsageError(text) : new EngineError(text, failed));
      worker.terminate();
    }
  });
  const { port, feeds } = await ready.promise;
  isReady = true;
  return new ThreadedExchange(worker, port, feeds, statsWaiters, ended.promise);
}

class ThreadedExchange implements Exchange {
  readonly port: number;
  readonly feeds: readonly string[];
  readonly #worker: Worker;
  readonly #statsWaiters: PromiseWithResolvers<ExchangeStats>[];
  readonly #ended: Promise<ThreadEnd>;
  #isStopping = false;

  constructor(
    worker: Worker,
    port: number,
    feeds: readonly string[],
    statsWaiters: PromiseWithResolvers<ExchangeStats>[],
    ended: Promise<ThreadEnd>,
  ) {
    this.port = port;
    this.feeds = feeds;
    this.#worker = worker;
    this.#statsWaiters = statsWaiters;
    this.#ended = ended;
  }

  urls(feed: string): FeedUrls {
    if (!this.feeds.includes(feed)) throw new UsageError(`the exchange has no feed "${feed}"`);
    return exchangeUrls(this.port, feed);
  }

  /** After `stop` those of its end. Rejects when the thread is gone without them. */
  async stats(): Promise<ExchangeStats> {
    const waiter = Promise.withResolvers<ExchangeStats>();
    this.#statsWaiters.push(waiter);
    this.#post({ type: 'stats' });
    const stats = await Promise.race([waiter.promise, this.#ended]);
    if (stats instanceof EngineError) throw stats;
    return stats;
  }

  async stop(): Promise<void> {
    if (!this.#isStopping) this.#post({ type: 'stop' });
    this.#isStopping = true;
    await Promise.race([this.#ended, delay(STOP_WAIT_MS)]);
    await this.#worker.terminate();
  }

  #post(message: ToExchange): void {
    this.#worker.postMessage(message);
  }
}
