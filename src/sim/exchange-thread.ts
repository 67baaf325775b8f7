/**
 * The embedded exchange in a thread of its own, so that it loads another core than its client. The
 * messages are the whole protocol; `workers/exchange.worker.ts` is the other end.
 */
import { delay } from '../base/clock.ts';
import { EngineError, UsageError } from '../base/errors.ts';
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
  | { readonly type: 'stopped' };

const STOP_WAIT_MS = 5_000;

/** Like `startExchange`, in a worker. Rejects as that does. */
export function startExchangeThread(options: ExchangeOptions): Promise<Exchange> {
  const worker = new Worker(new URL('../../workers/exchange.worker.ts', import.meta.url).href, {
    workerData: options,
  } as WorkerOptions);
  const statsWaiters: ((stats: ExchangeStats) => void)[] = [];
  const stopWaiters: (() => void)[] = [];
  const post = (message: ToExchange) => worker.postMessage(message);
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => {
      reject(new EngineError(`exchange: ${event.message}`, { code: 'exchange', retry: 'fatal' }));
      for (const done of stopWaiters.splice(0)) done();
    };
    worker.onmessage = ({ data }: MessageEvent<FromExchange>) => {
      switch (data.type) {
        case 'ready':
          resolve(createClient(data.port, data.feeds));
          return;
        case 'stats':
          statsWaiters.shift()?.(data.stats);
          return;
        case 'failed':
          worker.terminate();
          reject(
            data.isUsage
              ? new UsageError(data.message)
              : new EngineError(data.message, { code: 'exchange', retry: 'fatal' }),
          );
          return;
        case 'stopped':
          for (const done of stopWaiters.splice(0)) done();
          return;
      }
    };
  });

  function createClient(port: number, feeds: readonly string[]): Exchange {
    return {
      port,
      feeds,
      urls: (feed) => {
        if (!feeds.includes(feed)) throw new UsageError(`the exchange has no feed "${feed}"`);
        return exchangeUrls(port, feed);
      },
      stats: () =>
        new Promise((done) => {
          statsWaiters.push(done);
          post({ type: 'stats' });
        }),
      stop: async () => {
        const stopped = new Promise<void>((done) => stopWaiters.push(done));
        post({ type: 'stop' });
        await Promise.race([stopped, delay(STOP_WAIT_MS)]);
        worker.terminate();
      },
    };
  }
}
