/**
 * A writer agent on real rings and a real spool, with a store whose every write the test lets go or
 * fail. Time is the machine's, the wall clock as far back as the test set it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { EngineError } from '../../src/base/errors.ts';
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import { SpoolQueue } from '../../src/engine/spool-queue.ts';
import { StoreGateway } from '../../src/engine/store-gateway.ts';
import { WriterAgent } from '../../src/engine/writer-agent.ts';
import { readStatus, writeTrade } from '../../src/model/record-codec.ts';
import { RecordType, StatusKind, Trade } from '../../src/model/record-layout.ts';
import { RingProducer } from '../../src/shm/ring-producer.ts';
import { BatchCursor } from '../../src/store/batch-cursor.ts';
import type { RecordBatch, StoreWriter, WriteResult } from '../../src/store/contract.ts';
import { until } from './condition.ts';
import { plainInstrument } from './plain-engine-view.ts';

export const DOWN = new EngineError('the store is down', { code: 'store-down', retry: 'retry' });
const NO_ROWS: WriteResult = {
  trades: 0,
  tradeDuplicates: 0,
  quotes: 0,
  bookSnapshots: 0,
  bookDeltas: 0,
  candles: 0,
  derivatives: 0,
  liquidations: 0,
  gaps: 0,
  quarantined: 0,
};
const RING_LENGTH = 1 << 16;
const INSTRUMENT = plainInstrument(0, 'binance', 'BTC/USDT', 'spot');

/** What a write holds: trade ids, and the ledger's gaps as `gap 5-9 (5)`. */
export function contentOf(batch: RecordBatch): (number | string)[] {
  const cursor = new BatchCursor(batch);
  const content: (number | string)[] = [];
  while (cursor.next()) {
    if (cursor.type === RecordType.trade) {
      content.push(batch.bytes.f64[(cursor.at + Trade.tradeId) >> 3] as number);
    } else if (cursor.type === RecordType.status) {
      const { kind, fromId, toId, missing } = readStatus(batch.bytes, cursor.at);
      if (kind === StatusKind.gap) content.push(`gap ${fromId}-${toId} (${missing})`);
    }
  }
  return content;
}

export class WriterRig {
  /** Contents of the writes that were let go, in order. */
  readonly written: (number | string)[][] = [];
  readonly said: string[] = [];
  /** What the store was told, in order. */
  readonly told: string[] = [];
  /** `open` fails while true. */
  isAway = false;
  /** How far the wall clock was set back. */
  setBackUs = 0;
  /** How the next writes end: at once, never until it is changed, or with an error. */
  mode: 'take' | 'hold' | 'fail' = 'take';
  readonly agent: WriterAgent;
  readonly gateway: StoreGateway;
  readonly spool: SpoolQueue;
  /** Holds the spool's own directory. */
  readonly dir = mkdtempSync(join(tmpdir(), 'writer-rig-'));
  readonly #producer: RingProducer;
  readonly #counters: () => Readonly<Record<string, number>>;
  #running: Promise<void> | undefined;

  /** `stores` 2: another store exists, which this one must not hold back. */
  constructor({ stores = 1, spoolMaxBytes = 1 << 24 } = {}) {
    const config = {
      storeUrls: Array.from({ length: stores }, (_, i) => `sqlite:${i}.db`),
      feeds: [{ feed: 'binance.spot', venue: 'binance' }],
      instruments: [INSTRUMENT],
      timeframes: [],
      writer: { flushMs: 5, batchRows: 1_000, spoolDir: this.dir, spoolMaxBytes },
      rings: { writerBytes: RING_LENGTH, aggregatorBytes: 1 << 16, candleBytes: 1 << 16 },
      retention: [],
    } as unknown as EngineConfig;
    const shared = createSharedMemory(config);
    const host = { log: (_level: string, text: string) => void this.said.push(text) };
    const [url = ''] = config.storeUrls;
    this.#producer = new RingProducer(shared.venues[0]?.toWriters[0] as SharedArrayBuffer);
    const clock: Clock = {
      wallUs: () => systemClock.wallUs() - this.setBackUs,
      monoUs: () => systemClock.monoUs(),
    };
    this.spool = new SpoolQueue(config, { url, spoolFolder: join(this.dir, 'own') }, clock, host);
    const session = { sessionId: 's1' } as never;
    this.gateway = new StoreGateway(this.#store(), config.instruments, session, host);
    const start = { config, shared, storeIndex: 0, sessionId: 's1', startedUs: 0, incarnation: 0 };
    const writerStart = { role: 'writer' as const, ...start };
    this.agent = new WriterAgent(writerStart, this.gateway, this.spool, clock, host);
    this.#counters = () => this.agent.summary();
  }

  run(): void {
    this.#running = this.agent.run();
  }

  count(name: string): number {
    return this.#counters()[name] ?? 0;
  }

  /** Publishes trades of these ids; false when the ring has no room for all. */
  publish(fromId: number, toId: number): boolean {
    let isTaken = true;
    for (let id = fromId; id <= toId; id += 1) {
      const at = this.#producer.claim(RecordType.trade, 56);
      if (at < 0) {
        isTaken = false;
        break;
      }
      writeTrade(this.#producer.bytes, at, 0, 0, id * 1000, id * 1000, 1, 1, 1, id);
      this.#producer.commit();
    }
    this.#producer.publish();
    return isTaken;
  }

  /** Publishes a trade at a time, waiting for room: as a venue does that holds back. */
  async publishAll(fromId: number, toId: number): Promise<void> {
    for (let id = fromId; id <= toId; id += 1) {
      await until(`room for trade ${id}`, () => this.publish(id, id));
    }
  }

  async stop(): Promise<void> {
    this.agent.stop();
    await this.#running;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #store(): StoreWriter {
    const open = async () => {
      this.told.push(this.isAway ? 'open refused' : 'open');
      if (this.isAway) throw DOWN;
    };
    const write = async (batch: RecordBatch) => {
      const content = contentOf(batch);
      while (this.mode === 'hold') await Bun.sleep(1);
      if (this.mode === 'fail') throw DOWN;
      // Read again: what is under way must not change while the store looks at it.
      if (contentOf(batch).join() !== content.join()) throw new Error('batch changed under way');
      this.written.push(content);
      return NO_ROWS;
    };
    return {
      open,
      write,
      registerInstruments: async (list) => void this.told.push(`instruments ${list.length}`),
      startSession: async ({ sessionId }) => void this.told.push(`session ${sessionId}`),
      endSession: async () => void this.told.push('end'),
      resume: async () => ({ lastTradeUs: 1 }) as never,
      updateInstrumentMeta: async () => {},
      rebuildCandles: async () => [],
      createKlinesView: async () => '',
      prune: async () => 0,
      close: async () => {},
    };
  }
}
