/** Thread of the aggregator: the one that may park. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/base/clock.ts';
import { errorText } from '../src/base/errors.ts';
import { createAggregator, runAggregator } from '../src/engine/aggregator-service.ts';
import type { AggregatorStart, FromWorker } from '../src/engine/control-messages.ts';

const { config, shared, seeds } = workerData as AggregatorStart;
const post = (message: FromWorker) => parentPort?.postMessage(message);

try {
  const agent = createAggregator(config, shared, seeds, systemClock);
  post({ type: 'ready' });
  await runAggregator(agent, shared);
  post({ type: 'stopped' });
} catch (error) {
  post({ type: 'fatal', message: `aggregator: ${errorText(error)}` });
}
process.exit(0);
