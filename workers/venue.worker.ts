/** Thread of one venue: sockets, sessions, rings. One file serves all venues. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/base/clock.ts';
import { createLog } from '../src/base/log.ts';
import type { FromWorker, ToWorker, VenueStart } from '../src/engine/control-messages.ts';
import { VenueAgent } from '../src/engine/venue-agent.ts';
import { loadVenue } from '../src/venues/discover.ts';

const start = workerData as VenueStart;
const log = createLog({ level: start.config.logLevel });
const post = (message: FromWorker) => parentPort?.postMessage(message);

const agent = new VenueAgent(start, await loadVenue(start.venue), systemClock, {
  feedState: (feed, state, problem) => post({ type: 'feed', feed, state, problem }),
  metadata: (list) => post({ type: 'metadata', list }),
  log: (level, message) => log[level](message),
  stopped: () => {
    post({ type: 'stopped' });
    process.exit(0);
  },
});
parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'stop') agent.stop();
});
agent.run();
post({ type: 'ready' });
