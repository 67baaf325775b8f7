import { describe, expect, test } from 'bun:test';
import { BatchCollector } from '../../../src/engine/batch-collector.ts';
import { keepEssential } from '../../../src/engine/batch-filter.ts';
import { RingSink } from '../../../src/engine/ring-sink.ts';
import {
  readStatus,
  writeQuote,
  writeStatus,
  writeTrade,
} from '../../../src/model/record-codec.ts';
import { Common, Quote, RecordType, StatusKind, Trade } from '../../../src/model/record-layout.ts';
import { DOORBELL_LENGTH, Doorbell } from '../../../src/shm/doorbell.ts';
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import { createRing } from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';
import { BatchCursor } from '../../../src/store/batch-cursor.ts';
import { createFeedCounters, FeedSlot } from '../../../src/venues/feed-counters.ts';

function createSink(writerLength: number, aggregatorLength = writerLength) {
  const writerRing = createRing(writerLength);
  const aggregatorRing = createRing(aggregatorLength);
  const doorbell = new Doorbell(new SharedArrayBuffer(DOORBELL_LENGTH));
  const sink = new RingSink(
    new RingProducer(writerRing),
    new RingProducer(aggregatorRing),
    doorbell,
  );
  const counters = createFeedCounters();
  const latencies: number[] = [];
  sink.attribute({ counters, venueLatency: { record: (us) => latencies.push(us) } });
  const trade = (id: number) => {
    const length = writeTrade(sink.scratch, 0, 0, 0, 1000 + id, 3000 + id, 1, 1, 1, id);
    sink.emit(RecordType.trade, length);
  };
  const quote = (instrument: number, bid: number) => {
    const length = writeQuote(sink.scratch, 0, instrument, 0, 1, 2, bid, 1, bid + 1, 1, bid);
    sink.emit(RecordType.quote, length);
  };
  return {
    sink,
    counters,
    latencies,
    trade,
    quote,
    writer: new RingConsumer(writerRing),
    aggregator: new RingConsumer(aggregatorRing),
  };
}

function tradeIds(ring: RingConsumer): number[] {
  const ids: number[] = [];
  while (ring.next()) {
    if (ring.type !== RecordType.trade) continue;
    ids.push(ring.bytes.f64[(ring.index + Trade.tradeId) >> 3] as number);
  }
  ring.release();
  return ids;
}

function bids(ring: RingConsumer): number[] {
  const out: number[] = [];
  while (ring.next()) {
    if (ring.type !== RecordType.quote) continue;
    out.push(ring.bytes.f64[(ring.index + Quote.bidPrice) >> 3] as number);
  }
  ring.release();
  return out;
}

describe('ring sink', () => {
  test('gives each trade to both rings, in order, and nothing before it is published', () => {
    const { sink, trade, writer, aggregator, latencies } = createSink(4096);
    for (let id = 1; id <= 5; id += 1) trade(id);
    expect(tradeIds(writer)).toEqual([]);
    sink.publish();
    expect(tradeIds(writer)).toEqual([1, 2, 3, 4, 5]);
    expect(tradeIds(aggregator)).toEqual([1, 2, 3, 4, 5]);
    expect(latencies).toEqual([2000, 2000, 2000, 2000, 2000]);
  });

  test('loses no trade when the ring is full: they wait and come in order', () => {
    const { sink, trade, writer, aggregator } = createSink(1024, 8192);
    const received: number[] = [];
    const seen: number[] = [];
    for (let id = 1; id <= 100; id += 1) {
      trade(id);
      sink.publish();
      if (id % 20 === 0) {
        received.push(...tradeIds(writer));
        seen.push(...tradeIds(aggregator));
      }
    }
    expect(sink.hasRoom()).toBe(false);
    for (let round = 0; round < 20; round += 1) {
      sink.publish();
      received.push(...tradeIds(writer));
      seen.push(...tradeIds(aggregator));
    }
    const all = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(received).toEqual(all);
    expect(seen).toEqual(all);
    expect(sink.hasRoom()).toBe(true);
  });

  test('a full aggregator ring holds trades back from both, so that candles miss none', () => {
    const { sink, trade, writer, aggregator } = createSink(8192, 1024);
    for (let id = 1; id <= 50; id += 1) trade(id);
    const received: number[] = [];
    const seen: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      sink.publish();
      received.push(...tradeIds(writer));
      seen.push(...tradeIds(aggregator));
      expect(seen).toEqual(received);
    }
    expect(seen).toHaveLength(50);
  });

  test('under pressure keeps the latest quote of each instrument and counts the others', () => {
    const { sink, trade, quote, writer, aggregator, counters } = createSink(4096);
    for (let id = 1; id <= 40; id += 1) trade(id);
    sink.publish();
    for (let bid = 1; bid <= 10; bid += 1) {
      quote(0, bid);
      quote(1, 100 + bid);
    }
    sink.publish();
    expect(counters[FeedSlot.quotes_conflated]).toBe(18);
    tradeIds(writer);
    tradeIds(aggregator);
    sink.publish();
    sink.publish();
    expect(bids(writer)).toEqual([10, 110]);
  });
});

describe('batch collector', () => {
  test('a batch with a candle holds every trade that was published before the candle', () => {
    const { sink, trade, writer } = createSink(4096);
    const candles = createRing(4096);
    const producer = new RingProducer(candles);
    const collector = new BatchCollector(new RingConsumer(candles), [writer]);
    trade(1);
    sink.publish();
    const at = producer.claim(RecordType.candle, 120);
    expect(at).toBeGreaterThan(0);
    producer.commit();
    producer.publish();
    const batch = collector.collect();
    if (batch === undefined) throw new Error('no batch');
    const types: number[] = [];
    const cursor = new BatchCursor(batch);
    while (cursor.next()) types.push(cursor.type);
    expect(types).toEqual([RecordType.trade, RecordType.candle]);
    expect(collector.collect()).toBeUndefined();
  });

  test('takes more than its first buffer holds', () => {
    const { sink, trade, writer } = createSink(4 << 20);
    const collector = new BatchCollector(new RingConsumer(createRing(64)), [writer]);
    const count = 30_000;
    for (let id = 1; id <= count; id += 1) trade(id);
    sink.publish();
    const batch = collector.collect();
    expect(batch?.count).toBe(count);
  });
});

describe('essential part of a batch', () => {
  test('keeps trades and statuses, drops quotes, and says how many', () => {
    const { sink, trade, quote, writer } = createSink(8192);
    trade(1);
    quote(3, 10);
    quote(3, 11);
    const status = { instrument: 0, kind: StatusKind.gap, channel: 0, recvUs: 5 } as const;
    sink.emit(RecordType.status, writeStatus(sink.scratch, 0, { ...status, cause: 'sequence' }));
    sink.publish();
    const collector = new BatchCollector(new RingConsumer(createRing(64)), [writer]);
    const source = collector.collect();
    if (source === undefined) throw new Error('no batch');
    const { batch, dropped } = keepEssential(source);
    expect(dropped).toBe(2);
    const cursor = new BatchCursor(batch);
    const kinds: (number | string)[] = [];
    while (cursor.next()) {
      if (cursor.type !== RecordType.status) kinds.push(cursor.type);
      else {
        const { kind, missing, instrument } = readStatus(batch.bytes, cursor.at);
        kinds.push(`status ${kind} ${missing} ${instrument}`);
      }
    }
    const trades = [RecordType.trade, `status ${StatusKind.gap} 0 0`];
    expect(kinds).toEqual([...trades, `status ${StatusKind.dropped} 2 3`]);
    expect(source.bytes.u32[(8 + Common.instrument) >> 2]).toBe(0);
  });
});
