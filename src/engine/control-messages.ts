/** The few typed messages between the main thread and its workers. Data never goes this way. */
import type { Instrument, InstrumentMeta } from '../model/instrument.ts';
import type { CandleSeed } from '../store/contract.ts';
import type { EngineConfig } from './engine-config.ts';
import type { ResumeMap, ResumePlan } from './resume-plan.ts';
import type { SharedMemory } from './shared-memory.ts';

export interface WriterStart {
  readonly role: 'writer';
  readonly config: EngineConfig;
  readonly shared: SharedMemory;
  readonly sessionId: string;
  readonly startedUs: number;
  /** Which of `config.storeUrls` is its own. */
  readonly storeIndex: number;
  /** Incarnation of the pipeline: 0 on start, +1 on each full restart. */
  readonly incarnation: number;
}

export interface AggregatorStart {
  readonly role: 'aggregator';
  readonly config: EngineConfig;
  readonly shared: SharedMemory;
  readonly seeds: readonly CandleSeed[];
}

export interface VenueStart {
  readonly role: 'venue';
  readonly venue: string;
  readonly config: EngineConfig;
  readonly shared: SharedMemory;
  readonly resume: ResumeMap;
  /** Starts of this worker so far: the capture's file names and jitter differ by it. */
  readonly start: number;
}

export type ToWorker =
  | { readonly type: 'stop' }
  | {
      readonly type: 'resume';
      readonly instruments: readonly Instrument[];
      readonly request: number;
    }
  | { readonly type: 'metadata'; readonly list: readonly InstrumentMeta[] };

export type FromWorker =
  | { readonly type: 'ready'; readonly plan?: ResumePlan }
  /** `resume` undefined: this store cannot say, as it is down or behind. */
  | {
      readonly type: 'resumed';
      readonly request: number;
      readonly resume: ResumeMap | undefined;
    }
  | { readonly type: 'metadata'; readonly list: readonly InstrumentMeta[] }
  | {
      readonly type: 'feed';
      readonly feed: string;
      readonly state: 'connecting' | 'live' | 'degraded' | 'stopped';
      readonly problem: string;
    }
  /** Cannot go on and a restart would not help; `message` is for the user. */
  | { readonly type: 'fatal'; readonly message: string }
  | { readonly type: 'stopped' };
