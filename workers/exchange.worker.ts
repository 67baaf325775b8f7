/** Thread of the embedded exchange: starts it, answers for it, stops it. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorText, UsageError } from '../src/base/errors.ts';
import { startExchange } from '../src/sim/exchange.ts';
import type { ExchangeOptions } from '../src/sim/exchange-options.ts';
import type { FromExchange, ToExchange } from '../src/sim/exchange-thread.ts';

const post = (message: FromExchange) => parentPort?.postMessage(message);

try {
  const exchange = await startExchange(workerData as ExchangeOptions);
  parentPort?.on('message', async (message: ToExchange) => {
    if (message.type === 'stats') post({ type: 'stats', stats: await exchange.stats() });
    else {
      await exchange.stop();
      post({ type: 'stopped', stats: await exchange.stats() });
    }
  });
  post({ type: 'ready', port: exchange.port, feeds: exchange.feeds });
} catch (error) {
  // The main thread rethrows it as what it was.
  post({ type: 'failed', message: errorText(error), isUsage: error instanceof UsageError });
}
