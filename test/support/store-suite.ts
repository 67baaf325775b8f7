/** Runs a group of tests once for every store, each test on a fresh one. */
import { describe } from 'bun:test';
import type { Instrument } from '../../src/model/instrument.ts';
import { parseTimeframe, type Timeframe } from '../../src/model/timeframe.ts';
import type { StoreReader, StoreWriter } from '../../src/store/contract.ts';
import { testInstrument } from './batch-builder.ts';
import { type FreshStore, type StoreTarget, storeTargets } from './store-targets.ts';

export const BTC: Instrument = testInstrument(0, 'BTC/USDT');
export const ETH: Instrument = testInstrument(1, 'ETH/USDT');

export function timeframes(...names: string[]): Timeframe[] {
  return names.flatMap((name) => parseTimeframe(name) ?? []);
}

export interface StoreBench extends FreshStore {
  readonly target: StoreTarget;
  readonly writer: StoreWriter;
  /** Another writer of the same store, opened with the same instruments. */
  reopen(): Promise<StoreWriter>;
  reader(): Promise<StoreReader>;
}

export interface BenchOptions {
  readonly timeframes?: readonly Timeframe[];
  readonly bookDeltas?: boolean;
  readonly instruments?: readonly Instrument[];
}

export interface StoreSuite {
  readonly target: StoreTarget;
  /** A test body: gets an open store, and everything is closed and removed afterwards. */
  with(body: (bench: StoreBench) => Promise<void>, options?: BenchOptions): () => Promise<void>;
}

const targets = await storeTargets();

export function describeStores(name: string, tests: (suite: StoreSuite) => void): void {
  for (const target of targets) {
    const { skipReason, module } = target;
    const store = target.name ?? module.scheme;
    if (skipReason !== '') console.info(`${store}: ${name} skipped: ${skipReason}`);
    describe.skipIf(skipReason !== '')(`${store} ${name}`, () => {
      tests({ target, with: (body, options) => () => runBody(target, body, options ?? {}) });
    });
  }
}

async function runBody(
  target: StoreTarget,
  body: (bench: StoreBench) => Promise<void>,
  options: BenchOptions,
): Promise<void> {
  const fresh = await target.fresh();
  const closers: (() => Promise<void>)[] = [];
  const storeOptions = {
    timeframes: options.timeframes ?? timeframes('1m', '1h'),
    bookDeltas: options.bookDeltas ?? true,
  };
  const open = async () => {
    const writer = target.module.createWriter(fresh.url, storeOptions);
    await writer.open();
    closers.push(() => writer.close());
    await writer.registerInstruments(options.instruments ?? [BTC, ETH]);
    return writer;
  };
  try {
    const writer = await open();
    const reader = async () => {
      const opened = await target.module.openReader(fresh.url);
      closers.push(() => opened.close());
      return opened;
    };
    await body({ ...fresh, target, writer, reopen: open, reader });
  } finally {
    for (const close of closers.reverse()) await close();
    await fresh.dispose();
  }
}
