/** All stores of a run behind one face, written one after the other: for replays. */
import type { Instrument } from '../model/instrument.ts';
import type { RecordBatch, SessionRow, StoreWriter, WriteResult } from '../store/contract.ts';
import { createStoreWriter } from '../store/open-store.ts';
import type { EngineConfig } from './engine-config.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';
import { sharePlans } from './shared-plan.ts';
import { timeframesOf } from './timeframes.ts';

export class StoreGroup {
  readonly #stores: readonly StoreWriter[];

  private constructor(stores: readonly StoreWriter[]) {
    this.#stores = stores;
  }

  /** Rejects, with nothing left open, when one of them cannot be opened. */
  static async open(config: EngineConfig): Promise<StoreGroup> {
    const options = { timeframes: timeframesOf(config), bookDeltas: config.book.deltas };
    const opened: StoreWriter[] = [];
    try {
      for (const url of config.storeUrls) {
        const store = await createStoreWriter(url, options);
        await store.open();
        opened.push(store);
        await store.registerInstruments(config.instruments);
      }
    } catch (error) {
      await new StoreGroup(opened).close();
      throw error;
    }
    return new StoreGroup(opened);
  }

  async plan(instruments: readonly Instrument[], nowUs: number): Promise<ResumePlan> {
    const plans: ResumePlan[] = [];
    for (const store of this.#stores) plans.push(await planResume(store, instruments, nowUs));
    return sharePlans(plans);
  }

  /** One result a store. */
  async write(batch: RecordBatch): Promise<WriteResult[]> {
    const results: WriteResult[] = [];
    for (const store of this.#stores) results.push(await store.write(batch));
    return results;
  }

  async rebuildCandles(instrument: Instrument, fromUs: number, toUs: number): Promise<void> {
    for (const store of this.#stores) await store.rebuildCandles(instrument, fromUs, toUs, toUs);
  }

  async startSession(session: SessionRow): Promise<void> {
    for (const store of this.#stores) await store.startSession(session);
  }

  async endSession(sessionId: string, endedUs: number, summary: string): Promise<void> {
    for (const store of this.#stores) await store.endSession(sessionId, endedUs, summary);
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.close();
  }
}
