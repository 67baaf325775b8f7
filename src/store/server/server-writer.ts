/**
 * The writing side of a store on a server: one connection, one transaction a batch. The database
 * differs behind `ServerDriver` and `ServerSession`.
 *
 * Every call waits for the one before it. A call that fails leaves no trace: its transaction is
 * rolled back. A connection that is lost, or given up after an error that nobody can place, is made
 * anew by the next call, whichever it is, with the instruments that are known; until then calls
 * reject as the driver says.
 */
import { assert } from '../../base/assert.ts';
import { systemClock } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import type { Instrument, InstrumentKey, InstrumentMeta } from '../../model/instrument.ts';
import type {
  CandleSeed,
  PruneTarget,
  RecordBatch,
  ResumeState,
  SessionRow,
  StoreOptions,
  StoreWriter,
  WriteResult,
} from '../contract.ts';
import { InstrumentCandles } from '../instrument-candles.ts';
import { dueAtStart, readResume } from '../resume.ts';
import { tapeCode } from '../row-text.ts';
import { type AppliedBatch, BatchApply } from './batch-apply.ts';
import { BatchSorter, type SortedBatch } from './batch-sorter.ts';
import { RowError, type ServerDriver, type ServerSession } from './server-session.ts';

/** How a gap is marked whose trades were found in the store at the start. */
const FOUND_AT_START = 'all ids were stored before the restart';

export class ServerWriter implements StoreWriter {
  readonly #driver: ServerDriver;
  readonly #options: StoreOptions;
  readonly #sorter: BatchSorter;
  /** By index in records. */
  readonly #instruments: Instrument[] = [];
  readonly #ids: number[] = [];
  readonly #tapes: number[] = [];
  #session: ServerSession | undefined;
  #isClosed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(driver: ServerDriver, options: StoreOptions) {
    this.#driver = driver;
    this.#options = options;
    this.#sorter = new BatchSorter(options.timeframes, options.bookDeltas);
  }

  /** May be called again, after a failure or not. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#connected();
    });
  }

  registerInstruments(instruments: readonly Instrument[]): Promise<void> {
    return this.#inTurn(async () => {
      // Known from now on, so that whichever call finds the server again makes them known to it.
      for (const instrument of instruments) this.#instruments[instrument.index] = instrument;
      const session = await this.#connected();
      await inTransaction(session, () => this.#register(session, instruments));
    });
  }

  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void> {
    return this.#inTransaction((session) => session.updateInstrumentMeta(list));
  }

  startSession(row: SessionRow): Promise<void> {
    return this.#inTransaction((session) => session.startSession(row));
  }

  endSession(sessionId: string, endedUs: number, summary: string): Promise<void> {
    return this.#inTransaction((session) => session.endSession(sessionId, endedUs, summary));
  }

  write(batch: RecordBatch): Promise<WriteResult> {
    return this.#inTurn(async () => {
      const session = await this.#connected();
      const sorted = this.#sorter.sort(batch, { ids: this.#ids, tapes: this.#tapes });
      await session.prepare(sorted);
      try {
        return await this.#writeSorted(session, sorted, false);
      } catch (error) {
        if (!(error instanceof RowError) || session.isLost) throw error;
        return await this.#writeSorted(session, sorted, true);
      }
    });
  }

  resume(instrument: Instrument): Promise<ResumeState> {
    return this.#inTransaction(async (session) => {
      const [id, tape] = this.#rowOf(instrument);
      const { state, closed } = await readResume(session.rows, id, tape);
      const foundUs = systemClock.wallUs();
      for (const gap of closed) await session.closeGap(gap.id, foundUs, FOUND_AT_START);
      const due = dueAtStart([...closed, ...state.openGaps]);
      await this.#candles(session, id, tape, state.lastTradeUs).rebuild(due);
      return state;
    });
  }

  rebuildCandles(
    instrument: Instrument,
    fromUs: number,
    toUs: number,
    nowUs: number,
  ): Promise<readonly CandleSeed[]> {
    return this.#inTransaction(async (session) => {
      const [id, tape] = this.#rowOf(instrument);
      const candles = this.#candles(session, id, tape, nowUs);
      await candles.rebuild({ changed: [{ fromUs, toUs }], repaired: [], isOngoing: false });
      return candles.seeds(instrument.index, { fromUs, toUs });
    });
  }

  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string> {
    return this.#inTransaction((session) => session.createKlinesView(key, timeframe));
  }

  prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number> {
    return this.#inTransaction((session) => session.prune(target, beforeUs, rowsMax));
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isClosed = true;
      await this.#giveUp();
    });
  }

  async #writeSorted(
    session: ServerSession,
    sorted: SortedBatch,
    isCareful: boolean,
  ): Promise<WriteResult> {
    return inTransaction(session, async () => {
      const applied = await new BatchApply(session, sorted, isCareful).run();
      await this.#runRebuilds(session, applied, sorted.nowUs);
      return applied.result;
    });
  }

  async #runRebuilds(
    session: ServerSession,
    { result, rebuilds }: AppliedBatch,
    nowUs: number,
  ): Promise<void> {
    for (const [instrument, due] of rebuilds) {
      const [id, tape] = [this.#ids[instrument] as number, this.#tapes[instrument] as number];
      result.candles += await this.#candles(session, id, tape, nowUs).rebuild(due);
    }
  }

  #candles({ rows }: ServerSession, id: number, tape: number, nowUs: number): InstrumentCandles {
    return new InstrumentCandles(rows, this.#options.timeframes, id, tape, nowUs);
  }

  /** The session, made anew when there is none or it was lost. */
  async #connected(): Promise<ServerSession> {
    assert(!this.#isClosed, 'Invariant: a closed store is not used');
    if (this.#session?.isLost === true) await this.#giveUp();
    if (this.#session !== undefined) return this.#session;
    const session = await this.#driver.connect();
    try {
      const known = this.#instruments.filter((instrument) => instrument !== undefined);
      await inTransaction(session, () => this.#register(session, known));
    } catch (error) {
      await session.close();
      throw error;
    }
    this.#session = session;
    return session;
  }

  async #register(session: ServerSession, instruments: readonly Instrument[]): Promise<void> {
    if (instruments.length === 0) return;
    const ids = await session.registerInstruments(instruments);
    for (const [i, { index, tape }] of instruments.entries()) {
      while (this.#ids.length <= index) {
        this.#ids.push(0);
        this.#tapes.push(0);
      }
      this.#ids[index] = ids[i] as number;
      this.#tapes[index] = tapeCode(tape);
    }
  }

  #rowOf({ index }: Instrument): readonly [id: number, tape: number] {
    const id = this.#ids[index] ?? 0;
    assert(id !== 0, 'Invariant: an instrument is registered before it is asked for');
    return [id, this.#tapes[index] as number];
  }

  #inTransaction<T>(task: (session: ServerSession) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const session = await this.#connected();
      return inTransaction(session, () => task(session));
    });
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      return await task();
    } catch (error) {
      if (isUnplaced(error)) await this.#giveUp();
      throw error;
    } finally {
      resolve();
    }
  }

  /** The next call makes a session anew. */
  async #giveUp(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** Nobody knows what such an error leaves behind in the session. */
function isUnplaced(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code === 'store-error';
}

async function inTransaction<T>(session: ServerSession, task: () => Promise<T>): Promise<T> {
  await session.begin();
  try {
    const result = await task();
    await session.commit();
    return result;
  } catch (error) {
    // A connection that is gone took its transaction with it.
    if (!session.isLost) await session.rollback();
    throw error;
  }
}
