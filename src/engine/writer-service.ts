/** Opens what the writer thread needs, in order: store, spool of the last run, resume plan. */
import type { Clock } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import type { StoreWriter } from '../store/contract.ts';
import { createStoreWriter } from '../store/open-store.ts';
import type { WriterStart } from './control-messages.ts';
import type { LogHost } from './log-host.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';
import { SpoolQueue } from './spool-queue.ts';
import { timeframesOf } from './timeframes.ts';
import { WriterAgent } from './writer-agent.ts';

export interface WriterService {
  readonly agent: WriterAgent;
  readonly plan: ResumePlan;
  /** Ends the session row and closes the store. */
  close(): Promise<void>;
}

export async function openWriter(
  start: WriterStart,
  clock: Clock,
  host: LogHost,
): Promise<WriterService> {
  const { config, sessionId } = start;
  const store = await createStoreWriter(config.storeUrl, {
    timeframes: timeframesOf(config),
    bookDeltas: config.book.deltas,
  });
  await store.open();
  await store.registerInstruments(config.instruments);
  await startSession(store, start);
  const spool = new SpoolQueue(config, clock, host);
  if (spool.foreignInstruments.length > 0)
    await store.registerInstruments(spool.foreignInstruments);
  const agent = new WriterAgent(start, store, spool, clock, host);
  // What the last run could not write comes first: the resume plan must see it.
  await agent.drainSpool();
  const plan = await planResume(store, config.instruments, clock.wallUs());
  return {
    agent,
    plan,
    close: async () => {
      spool.close();
      try {
        await store.endSession(sessionId, clock.wallUs(), JSON.stringify(agent.summary()));
      } catch (error) {
        // A store that is down when recording stops: the rows are in the spool, this one is not.
        host.log('warn', `end of the session not stored: ${errorText(error)}`);
      }
      await store.close();
    },
  };
}

async function startSession(store: StoreWriter, start: WriterStart): Promise<void> {
  if (start.incarnation > 0) return;
  const { config, sessionId, startedUs } = start;
  await store.startSession({
    sessionId,
    startedUs,
    command: config.command,
    version: config.version,
    host: process.env.HOSTNAME ?? '',
    config: config.configJson,
  });
}
