/** The seed market in a real store of any kind, written through the store's own writer. */
import { parseTimeframe } from '../../src/model/timeframe.ts';
import type { StoreReader } from '../../src/store/contract.ts';
import { instrumentRowOf, type MarketSeed, SEED_MINUTES, SEED_START_US } from './market-seed.ts';
import { seedBatch } from './seed-batch.ts';
import type { StoreTarget } from './store-targets.ts';

export interface SeedStore {
  readonly reader: StoreReader;
  close(): Promise<void>;
}

export const SEED_SESSION = {
  sessionId: 'session-1',
  startedUs: SEED_START_US,
  command: 'collect',
  version: '0.1.0',
  host: 'desk-7',
  config: '{"store":"hidden"}',
};

/** Trades, coverage and gaps of the seed; candles are built by the store from the stored trades. */
export async function openSeedStore(
  { module, fresh }: StoreTarget,
  seed: MarketSeed,
  timeframes: readonly string[],
): Promise<SeedStore> {
  const { url, dispose } = await fresh();
  const parsed = timeframes.flatMap((name) => parseTimeframe(name) ?? []);
  const writer = module.createWriter(url, { timeframes: parsed, bookDeltas: false });
  await writer.open();
  await writer.registerInstruments(seed.instruments);
  await writer.updateInstrumentMeta(seed.instruments.map(instrumentRowOf));
  await writer.startSession(SEED_SESSION);
  await writer.write(seedBatch(seed));
  const endUs = SEED_START_US + SEED_MINUTES * 60_000_000;
  for (const instrument of seed.instruments) {
    await writer.rebuildCandles(instrument, SEED_START_US, endUs, endUs + 86_400_000_000);
  }
  await writer.close();
  const reader = await module.openReader(url);
  return {
    reader,
    async close() {
      await reader.close();
      await dispose();
    },
  };
}
