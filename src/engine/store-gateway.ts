/**
 * A store that may be down when recording starts: opened by the first call that finds it there, and
 * told then what it must know (instruments, session). A store that can never work (wrong password,
 * a file that is no database) is refused at the start.
 */
import { EngineError, errorText } from '../base/errors.ts';
import type { Instrument, InstrumentMeta } from '../model/instrument.ts';
import type {
  PruneTarget,
  RecordBatch,
  ResumeState,
  SessionRow,
  StoreWriter,
  WriteResult,
} from '../store/contract.ts';
import type { LogHost } from './log-host.ts';

export class StoreGateway {
  readonly #store: StoreWriter;
  readonly #host: LogHost;
  readonly #instruments: Instrument[];
  readonly #session: SessionRow | undefined;
  #isOpen = false;

  /** `session` undefined: its row is there already. */
  constructor(
    store: StoreWriter,
    instruments: readonly Instrument[],
    session: SessionRow | undefined,
    host: LogHost,
  ) {
    this.#store = store;
    this.#instruments = [...instruments];
    this.#session = session;
    this.#host = host;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False when the store is down for now. Rejects when it cannot work as it is configured. */
  async tryOpen(): Promise<boolean> {
    try {
      await this.#open();
      return true;
    } catch (error) {
      if (!(error instanceof EngineError) || error.retry !== 'retry') throw error;
      this.#host.log('error', `${errorText(error)}; recording goes on into the spool`);
      return false;
    }
  }

  /** More instruments, which `write` may bring from now on: the store is told by the next call. */
  register(instruments: readonly Instrument[]): void {
    if (instruments.length === 0) return;
    this.#instruments.push(...instruments);
    this.#isOpen = false;
  }

  async write(batch: RecordBatch): Promise<WriteResult> {
    await this.#open();
    return this.#store.write(batch);
  }

  async tidy(): Promise<void> {
    await this.#store.tidy?.();
  }

  async updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void> {
    await this.#open();
    await this.#store.updateInstrumentMeta(list);
  }

  async prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number> {
    await this.#open();
    return this.#store.prune(target, beforeUs, rowsMax);
  }

  async resume(instrument: Instrument): Promise<ResumeState> {
    await this.#open();
    return this.#store.resume(instrument);
  }

  async endSession(endedUs: number, summary: string, sessionId: string): Promise<void> {
    await this.#open();
    await this.#store.endSession(sessionId, endedUs, summary);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Every step may be done again: one that fails is tried again with those before it. */
  async #open(): Promise<void> {
    if (this.#isOpen) return;
    await this.#store.open();
    await this.#store.registerInstruments(this.#instruments);
    if (this.#session !== undefined) await this.#store.startSession(this.#session);
    this.#isOpen = true;
  }
}
