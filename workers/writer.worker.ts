/** Thread of the bulk writer: owns the store's writing connection and the spool. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/base/clock.ts';
import { errorText } from '../src/base/errors.ts';
import { createLog } from '../src/base/log.ts';
import type { FromWorker, ToWorker, WriterStart } from '../src/engine/control-messages.ts';
import { openWriter } from '../src/engine/writer-service.ts';

const start = workerData as WriterStart;
const log = createLog({ level: start.config.logLevel });
const post = (message: FromWorker) => parentPort?.postMessage(message);

try {
  const writer = await openWriter(start, systemClock, { log: (level, text) => log[level](text) });
  parentPort?.on('message', (message: ToWorker) => {
    if (message.type === 'stop') writer.agent.stop();
    else if (message.type === 'resume') {
      const { request, instruments } = message;
      writer.agent.resume(instruments).then(
        (resume) => post({ type: 'resumed', request, resume }),
        (error) => {
          log.warn(`what the store holds is not known: ${errorText(error)}`);
          post({ type: 'resumed', request, resume: undefined });
        },
      );
    } else if (message.type === 'metadata') {
      writer.agent.updateMetadata(message.list).catch((error) => log.warn(errorText(error)));
    }
  });
  post({ type: 'ready', ...(writer.plan === undefined ? {} : { plan: writer.plan }) });
  await writer.agent.run();
  await writer.close();
  post({ type: 'stopped' });
} catch (error) {
  post({ type: 'fatal', message: errorText(error) });
}
process.exit(0);
