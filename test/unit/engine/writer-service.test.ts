/** What a writer waits for at the start: its own spool, but not for ever when others wait. */
import { expect, test } from 'bun:test';
import { systemClock } from '../../../src/base/clock.ts';
import { RecordBytes } from '../../../src/base/record-bytes.ts';
import type { WriterStart } from '../../../src/engine/control-messages.ts';
import type { EngineConfig } from '../../../src/engine/engine-config.ts';
import { createSharedMemory } from '../../../src/engine/shared-memory.ts';
import { spoolFolder } from '../../../src/engine/spool-folders.ts';
import { SpoolQueue } from '../../../src/engine/spool-queue.ts';
import { openWriter } from '../../../src/engine/writer-service.ts';
import { writeTrade } from '../../../src/model/record-codec.ts';
import { RecordType } from '../../../src/model/record-layout.ts';
import { framedLength } from '../../../src/shm/ring-layout.ts';
import type { RecordBatch } from '../../../src/store/contract.ts';
import { until } from '../../support/condition.ts';
import { coins } from '../../support/spool-batch.ts';
import { numberOf } from '../../support/store-file.ts';
import { WorkFolder } from '../../support/work-folder.ts';

const HOST = { log: () => {} };
const BATCHES = 3;
/** Two of them are too long to be written together. */
const TRADES = 50_000;

function startOf(folder: WorkFolder): WriterStart {
  const config = {
    storeUrls: [`sqlite:${folder.file('0.db')}`, `sqlite:${folder.file('1.db')}`],
    feeds: [{ feed: 'binance.spot', venue: 'binance' }],
    instruments: coins('BTC'),
    timeframes: [],
    book: { deltas: false },
    writer: {
      flushMs: 5,
      batchRows: 1_000,
      spoolDir: folder.file('spool'),
      spoolMaxBytes: 1 << 28,
    },
    rings: { writerBytes: 1 << 16, aggregatorBytes: 1 << 16, candleBytes: 1 << 16 },
    retention: [],
    command: 'test',
    version: '0',
    configJson: '{}',
  } as unknown as EngineConfig;
  const shared = createSharedMemory(config);
  const session = { sessionId: 's1', startedUs: 1, incarnation: 0 };
  return { role: 'writer', config, shared, storeIndex: 1, ...session };
}

function tradesFrom(firstId: number): RecordBatch {
  const bytes = RecordBytes.allocate(TRADES * 64);
  let length = 0;
  for (let id = firstId; id < firstId + TRADES; id += 1) {
    const tsUs = 1_700_000_000_000_000 + id;
    const body = writeTrade(bytes, length + 8, 0, 0, tsUs, tsUs, 1, 1, 1, id);
    bytes.i32[length >> 2] = body;
    bytes.i32[(length >> 2) + 1] = RecordType.trade;
    length += framedLength(body);
  }
  return { bytes, length, count: TRADES };
}

async function spool({ config }: WriterStart, isWhole: boolean): Promise<void> {
  const [, url = ''] = config.storeUrls;
  const store = { url, spoolFolder: await spoolFolder(config, url) };
  const queue = new SpoolQueue(config, store, systemClock, HOST);
  for (let i = 0; i < BATCHES; i += 1) expect(queue.append(tradesFrom(1 + i * TRADES))).toBe(true);
  queue.isWhole = isWhole;
  queue.close();
}

/** Ten seconds go by between any two looks at it. */
function hastyClock() {
  let monoUs = 0;
  return {
    wallUs: () => systemClock.wallUs(),
    monoUs: () => {
      monoUs += 10_000_000;
      return monoUs;
    },
  };
}

function stored(folder: WorkFolder): number {
  return numberOf(folder.file('1.db'), 'SELECT count(*) FROM trade');
}

test('a store that is far behind starts late when another has its plan, and gets all', async () => {
  using folder = new WorkFolder();
  const start = startOf(folder);
  await spool(start, true);
  Atomics.store(new Int32Array(start.shared.plansMade), 0, 1);
  const writer = await openWriter(start, hastyClock(), HOST);
  expect(writer.plan).toBeUndefined();
  expect(stored(folder)).toBe(TRADES);
  const running = writer.agent.run();
  await until('it has all', () => stored(folder) === BATCHES * TRADES, 60_000);
  writer.agent.stop();
  await running;
  await writer.close();
}, 120_000);

for (const { title, plans, isWhole } of [
  { title: 'no other store has a plan yet', plans: 0, isWhole: true },
  { title: 'its last run did not end in order', plans: 1, isWhole: false },
]) {
  test(`a store that is far behind is waited for when ${title}`, async () => {
    using folder = new WorkFolder();
    const start = startOf(folder);
    await spool(start, isWhole);
    Atomics.store(new Int32Array(start.shared.plansMade), 0, plans);
    const writer = await openWriter(start, hastyClock(), HOST);
    expect(writer.plan).toBeDefined();
    expect(stored(folder)).toBe(BATCHES * TRADES);
    expect(new Int32Array(start.shared.plansMade)[0]).toBe(plans + 1);
    await writer.close();
  }, 120_000);
}
