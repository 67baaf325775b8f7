/** Opens what a writer thread needs, in order: store, spool of the last run, resume plan. */
import { type Clock, US_PER_SECOND } from '../base/clock.ts';
import { EngineError, errorText } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { Instrument } from '../model/instrument.ts';
import type { SessionRow, StoreWriter } from '../store/contract.ts';
import { createStoreWriter } from '../store/open-store.ts';
import type { WriterStart } from './control-messages.ts';
import type { LogHost } from './log-host.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';
import { spoolFolder, warnOfStraySpools } from './spool-folders.ts';
import { SpoolQueue } from './spool-queue.ts';
import { StoreGateway } from './store-gateway.ts';
import { timeframesOf } from './timeframes.ts';
import { WriterAgent } from './writer-agent.ts';

/** How long a store that is behind may hold back the others. */
const DRAIN_FIRST_US = 5 * US_PER_SECOND;

export interface WriterService {
  readonly agent: WriterAgent;
  /** Undefined while the store is down or behind: nobody knows what it holds. */
  readonly plan: ResumePlan | undefined;
  /** Ends the session row and closes the store. */
  close(): Promise<void>;
}

export async function openWriter(
  start: WriterStart,
  clock: Clock,
  host: LogHost,
): Promise<WriterService> {
  const { config, sessionId, storeIndex } = start;
  const url = config.storeUrls[storeIndex] ?? '';
  const options = { timeframes: timeframesOf(config), bookDeltas: config.book.deltas };
  const store = await createStoreWriter(url, options);
  const gateway = new StoreGateway(store, config.instruments, sessionOf(start), host);
  const isOpen = await gateway.tryOpen();
  const folder = await spoolFolder(config, url);
  const spool = new SpoolQueue(config, { url, spoolFolder: folder }, clock, host);
  if (storeIndex === 0 && start.incarnation === 0) await warnOfStraySpools(config, host);
  gateway.register(spool.foreignInstruments);
  const agent = new WriterAgent(start, gateway, spool, clock, host);
  let plan: ResumePlan | undefined;
  if (isOpen) {
    // What the last run could not write comes first: the resume plan must see it.
    await agent.drainSpool(mayStartLate(start, spool, clock));
    if (spool.isEmpty) plan = await tryPlan(store, config.instruments, clock.wallUs(), host);
    else host.log('warn', `store ${redactUrl(url)} starts without what its spool still holds`);
    if (plan !== undefined) {
      spool.isWhole = true;
      Atomics.add(new Int32Array(start.shared.plansMade), 0, 1);
    }
  }
  return {
    agent,
    plan,
    close: async () => {
      spool.close();
      try {
        await gateway.endSession(clock.wallUs(), JSON.stringify(agent.summary()), sessionId);
      } catch (error) {
        // A store that is down when recording stops: the rows are in the spool, this one is not.
        host.log('warn', `end of the session not stored: ${errorText(error)}`);
      }
      await gateway.close();
    },
  };
}

/**
 * A store that is far behind starts without a plan, as one that is down, once another has its own:
 * that one's says all when this one lacks nothing but what its spool holds.
 */
function mayStartLate({ shared }: WriterStart, spool: SpoolQueue, clock: Clock): () => boolean {
  const plansMade = new Int32Array(shared.plansMade);
  const endUs = clock.monoUs() + DRAIN_FIRST_US;
  return () => spool.isWhole && clock.monoUs() >= endUs && Atomics.load(plansMade, 0) > 0;
}

/** Undefined when the store is down, or locked, by now. */
async function tryPlan(
  store: StoreWriter,
  instruments: readonly Instrument[],
  nowUs: number,
  host: LogHost,
): Promise<ResumePlan | undefined> {
  try {
    return await planResume(store, instruments, nowUs);
  } catch (error) {
    if (!(error instanceof EngineError) || error.retry !== 'retry') throw error;
    host.log('error', `what the store holds is not known: ${errorText(error)}`);
    return undefined;
  }
}

/** The session's row; undefined where an earlier incarnation wrote it. */
function sessionOf(start: WriterStart): SessionRow | undefined {
  if (start.incarnation > 0) return undefined;
  const { config, sessionId, startedUs } = start;
  return {
    sessionId,
    startedUs,
    command: config.command,
    version: config.version,
    host: process.env.HOSTNAME ?? '',
    config: config.configJson,
  };
}
