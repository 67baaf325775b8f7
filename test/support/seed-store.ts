/** The seed market in a real SQLite store, written through the store's own writer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTimeframe } from '../../src/model/timeframe.ts';
import type { StoreReader } from '../../src/store/contract.ts';
import { store } from '../../src/store/sqlite/store.ts';
import { instrumentRowOf, type MarketSeed, SEED_MINUTES, SEED_START_US } from './market-seed.ts';
import { seedBatch } from './seed-batch.ts';

export interface SeedStore {
  readonly reader: StoreReader;
  readonly path: string;
  close(): Promise<void>;
}

/** Trades, coverage and gaps of the seed; candles are built by the store from the stored trades. */
export async function openSeedStore(
  seed: MarketSeed,
  timeframes: readonly string[],
): Promise<SeedStore> {
  const folder = mkdtempSync(join(tmpdir(), 'tickspine-http-'));
  const path = join(folder, 'market.db');
  const parsed = timeframes.flatMap((name) => parseTimeframe(name) ?? []);
  const writer = store.createWriter(`sqlite:${path}`, { timeframes: parsed, bookDeltas: false });
  await writer.open();
  await writer.registerInstruments(seed.instruments);
  await writer.updateInstrumentMeta(seed.instruments.map(instrumentRowOf));
  await writer.startSession({
    sessionId: 'session-1',
    startedUs: SEED_START_US,
    command: 'collect',
    version: '0.1.0',
    host: 'desk-7',
    config: '{"store":"hidden"}',
  });
  await writer.write(seedBatch(seed));
  const endUs = SEED_START_US + SEED_MINUTES * 60_000_000;
  for (const instrument of seed.instruments) {
    await writer.rebuildCandles(instrument, SEED_START_US, endUs, endUs + 86_400_000_000);
  }
  await writer.close();
  const reader = await store.openReader(`sqlite:${path}`);
  return {
    reader,
    path,
    async close() {
      await reader.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
