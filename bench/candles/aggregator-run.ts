/** The aggregator as it runs in the engine, on rings, in this one thread. */
import { SystemClock } from '../../src/base/clock.ts';
import { RecordBytes } from '../../src/base/record-bytes.ts';
import { createAggregator } from '../../src/engine/aggregator-service.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { writeStatus, writeTrade } from '../../src/model/record-codec.ts';
import { RecordType, StatusKind, TRADE_LENGTH } from '../../src/model/record-layout.ts';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { RingProducer } from '../../src/shm/ring-producer.ts';
import { measurePasses, nowUs } from '../harness/measure.ts';
import type { RunContext, RunOutcome, Scale } from '../harness/suite.ts';
import { engineConfig } from '../pipeline/engine-config.ts';
import { INSTRUMENTS, makeTrades, TICK_EVERY, type TradeTable } from './trade-table.ts';

const URLS = { ws: 'ws://127.0.0.1', rest: 'http://127.0.0.1' };
const FEED = 'binance.spot';

export function benchInstruments(count: number): Instrument[] {
  return Array.from({ length: count }, (_, index) => {
    const base = `B${index}`;
    const venueSymbol = `${base}USDT`;
    const names = { symbol: `${base}/USDT`, venueSymbol, base, quote: 'USDT' };
    return {
      index,
      venue: 'binance',
      feed: FEED,
      marketType: 'spot',
      tape: 'trade',
      ...names,
    } as const;
  });
}

export function aggregatorRun(counts: Readonly<Record<Scale, number>>) {
  return async ({ scale }: RunContext): Promise<RunOutcome> => {
    const trades = makeTrades(counts[scale]);
    const config = engineConfig({
      feeds: [{ feed: FEED, venue: 'binance', urls: URLS, channels: ['trades'] }],
      instruments: benchInstruments(INSTRUMENTS),
      storeUrl: 'sqlite:unused.db',
    });
    let seen = { trades: 0, candles: 0 };
    const { passes, elapsedUs } = measurePasses(scale, () => {
      const shared = createSharedMemory(config);
      const agent = createAggregator(config, shared, [], new SystemClock());
      const [venue] = shared.venues;
      if (venue === undefined) throw new Error('one venue is configured');
      const input = new RingProducer(venue.toAggregator);
      const output = new RingConsumer(shared.stores[0]?.candles as SharedArrayBuffer);
      let timedUs = 0;
      let candles = 0;
      for (let from = 0; from < trades.count; from += TICK_EVERY) {
        writeTrades(input, trades, from, Math.min(trades.count, from + TICK_EVERY));
        const startUs = nowUs();
        while (agent.doWork() > 0);
        timedUs += nowUs() - startUs;
        while (output.next()) candles += output.type === RecordType.candle ? 1 : 0;
        output.release();
      }
      seen = { trades: trades.count, candles };
      return timedUs;
    });
    const work = passes * trades.count;
    return {
      value: (work / elapsedUs) * 1e6,
      work,
      elapsedUs,
      checksums: { 'candle records': String(seen.candles) },
      metrics: { 'ns a trade': (elapsedUs * 1000) / work },
      source: 'seeded random walk',
    };
  };
}

const scratch = RecordBytes.allocate(256);

function writeTrades(ring: RingProducer, table: TradeTable, from: number, to: number): void {
  const { bytes } = ring;
  for (let i = from; i < to; i += 1) {
    const at = ring.claim(RecordType.trade, TRADE_LENGTH);
    const size = table.size[i] as number;
    const [tsUs, recvUs] = [table.tsUs[i] as number, table.recvUs[i] as number];
    const flags = table.isSell[i] as number;
    const price = table.price[i] as number;
    writeTrade(bytes, at, table.instrument[i] as number, flags, tsUs, recvUs, price, size, size, i);
    ring.commit();
  }
  const recvUs = table.recvUs[to - 1] as number;
  const length = writeStatus(scratch, 0, {
    instrument: 0,
    kind: StatusKind.tick,
    channel: 0,
    recvUs,
  });
  const at = ring.claim(RecordType.status, length);
  bytes.u8.set(scratch.u8.subarray(0, length), at);
  ring.commit();
  ring.publish();
}
