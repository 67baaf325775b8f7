/**
 * Socket to records in the rings, one venue worker and nothing else: what a million frames cost in
 * CPU time of the whole process, with every price and size of them read. Against the bare minimum a
 * reader would write: Bun's WebSocket, `JSON.parse`, `Number`, no ring, no book, no check.
 */
import { delay, every, systemClock } from '../../src/base/clock.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import { VenueAgent } from '../../src/engine/venue-agent.ts';
import {
  BOOK_DELTA_LENGTH,
  BookDelta,
  type ChannelName,
  Common,
  RecordType,
  Trade,
} from '../../src/model/record-layout.ts';
import { CounterRegion } from '../../src/shm/counter-region.ts';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { loadVenue } from '../../src/venues/discover.ts';
import { FEED_COUNTERS } from '../../src/venues/feed-counters.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { nowUs } from '../harness/measure.ts';
import { type RunContext, type RunOutcome, scaled } from '../harness/suite.ts';
import { type BlasterHandle, startBlaster } from './blaster-handle.ts';
import { engineConfig } from './engine-config.ts';
import { firstFrames } from './first-frames.ts';
import { IDS_A_DEPTH, ROUNDS } from './frame-belt.ts';

const SECONDS = { tiny: 0.3, quick: 3, full: 8 };
const WARM_UP_SECONDS = { tiny: 0.1, quick: 1, full: 2 };
const SYMBOLS = 8;
const RING_BYTES = 64 << 20;
const DRAIN_MS = 1;
const STILL_MS = 20;
const STILL_TURNS = 50;

/**
 * Σ price × size of each frame there is: a symbol's come round again, told apart by their ids. How
 * many come in, and which is the first, differs from run to run.
 */
class FrameSums {
  /** Frames taken in. */
  frames = 0;
  readonly #sums = new Float64Array(SYMBOLS * ROUNDS).fill(Number.NaN);

  /** `number`: one higher from frame to frame of a symbol. */
  put(symbol: number, number: number, sum: number): void {
    this.frames += 1;
    this.#sums[symbol * ROUNDS + (number % ROUNDS)] = sum;
  }

  /** Frames that never came. */
  get missing(): number {
    return this.#sums.filter(Number.isNaN).length;
  }

  checksum(): string {
    return this.#sums.reduce((sum, each) => sum + each, 0).toPrecision(12);
  }
}

interface Ingest {
  frames(): number;
  stop(): void;
  readonly sums: FrameSums;
  /** Of what was taken in. */
  facts(): Readonly<Record<string, number>>;
}

type StartIngest = (blaster: BlasterHandle, mix: 'T' | 'D') => Promise<Ingest>;

export function ingestRun(mix: 'T' | 'D', start: StartIngest) {
  return async ({ scale }: RunContext): Promise<RunOutcome> => {
    const symbols = benchInstruments(SYMBOLS).map(({ venueSymbol }) => venueSymbol);
    const window = mix === 'T' ? 20_000 : 4000;
    const blaster = await startBlaster({ symbols, mix, rate: 0, window });
    const ingest = await start(blaster, mix);
    await blaster.subscribed;
    blaster.start();
    const confirm = every(DRAIN_MS, () => blaster.confirm(ingest.frames()));
    await firstFrames(() => (ingest.sums.missing === 0 ? ingest.frames() : 0));
    await delay(scaled(scale, WARM_UP_SECONDS) * 1000);
    const before = ingest.frames();
    const cpuBefore = process.cpuUsage();
    const startUs = nowUs();
    await delay(scaled(scale, SECONDS) * 1000);
    const elapsedUs = nowUs() - startUs;
    const cpu = process.cpuUsage(cpuBefore);
    const work = ingest.frames() - before;
    confirm.stop();
    const { sent } = await blaster.stop();
    await allTaken(ingest, sent.frames);
    const facts = ingest.facts();
    ingest.stop();
    blaster.end();
    checkWhole(facts, ingest.frames(), sent.frames);
    const perSecond = (work / elapsedUs) * 1e6;
    return {
      value: (cpu.user + cpu.system) / work,
      work,
      elapsedUs,
      checksums: { 'Σ price × size of each frame': ingest.sums.checksum() },
      metrics: {
        'frames/s': perSecond,
        'RSS MB': process.memoryUsage.rss() / 1e6,
        ...facts,
      },
      source: 'frames made once, ids and times fresh',
    };
  };
}

/** Until everything sent has come through, or nothing moves any more. */
async function allTaken(ingest: Ingest, sent: number): Promise<void> {
  let seen = -1;
  for (let still = 0; still < STILL_TURNS; ) {
    const { frames } = ingest.sums;
    if (frames >= sent) return;
    still = frames === seen ? still + 1 : 0;
    seen = frames;
    await delay(STILL_MS);
  }
}

function checkWhole(facts: Readonly<Record<string, number>>, taken: number, sent: number): void {
  const { gaps = 0, 'frames dropped': dropped = 0 } = facts;
  if (taken >= sent && gaps === 0 && dropped === 0) return;
  throw new Error(`${taken} of ${sent} frames came in, ${dropped} dropped, ${gaps} gaps`);
}

/** Ours: a venue agent; of the writer's ring every price and size is read. */
export async function startVenueWorker(blaster: BlasterHandle, mix: 'T' | 'D'): Promise<Ingest> {
  const channels: ChannelName[] = mix === 'T' ? ['trades'] : ['book'];
  const config = engineConfig({
    feeds: [{ feed: 'binance.spot', venue: 'binance', urls: blaster.urls, channels }],
    instruments: benchInstruments(SYMBOLS),
    storeUrl: 'sqlite:unused.db',
    ringBytes: RING_BYTES,
    deltas: mix === 'D',
  });
  const shared = createSharedMemory(config);
  const role = 'venue' as const;
  const start = { role, venue: 'binance', config, shared, resume: [], start: 1 };
  const agent = new VenueAgent(start, await loadVenue('binance'), systemClock, {
    feedState: () => {},
    metadata: () => {},
    log: () => {},
    stopped: () => {},
  });
  const [venue] = shared.venues;
  const [feed] = shared.feeds;
  if (venue === undefined || feed === undefined) throw new Error('one venue is configured');
  const toAggregator = new RingConsumer(venue.toAggregator);
  const toWriter = new RingConsumer(venue.toWriters[0] as SharedArrayBuffer);
  const sums = new FrameSums();
  let records = 0;
  const drain = every(DRAIN_MS, () => {
    for (; toAggregator.next(); records += 1);
    toAggregator.release();
    for (; toWriter.next(); records += 1) addRecord(toWriter, sums);
    toWriter.release();
  });
  agent.run();
  const counters = new CounterRegion(FEED_COUNTERS, feed.counters);
  return {
    frames: () => counters.get('frames'),
    sums,
    facts: () => ({
      'records a frame': records / counters.get('frames'),
      'frames dropped': counters.get('frames_dropped'),
      gaps: counters.get('trade_gaps') + counters.get('book_gaps'),
    }),
    stop: () => {
      drain.stop();
      agent.stop();
    },
  };
}

/** A trade, or the levels of a depth frame; a book's last state is no frame's own. */
function addRecord(ring: RingConsumer, sums: FrameSums): void {
  const { f64, u32 } = ring.bytes;
  const symbol = u32[(ring.index + Common.instrument) >> 2] as number;
  if (ring.type === RecordType.trade) {
    const price = f64[(ring.index + Trade.price) >> 3] as number;
    const size = f64[(ring.index + Trade.size) >> 3] as number;
    sums.put(symbol, f64[(ring.index + Trade.tradeId) >> 3] as number, price * size);
  } else if (ring.type === RecordType.bookDelta) {
    const lastId = f64[(ring.index + BookDelta.sequence) >> 3] as number;
    let sum = 0;
    const end = (ring.index + ring.length) >> 3;
    for (let at = (ring.index + BOOK_DELTA_LENGTH) >> 3; at < end; at += 2) {
      sum += (f64[at] as number) * (f64[at + 1] as number);
    }
    sums.put(symbol, lastId / IDS_A_DEPTH, sum);
  }
}

interface PlainFrame {
  readonly data: {
    readonly s: string;
    readonly t: number;
    readonly u: number;
    readonly p: string;
    readonly q: string;
    readonly b: readonly (readonly [string, string])[];
    readonly a: readonly (readonly [string, string])[];
  };
}

export async function startPlainSocket(blaster: BlasterHandle, mix: 'T' | 'D'): Promise<Ingest> {
  const socket = new WebSocket(`${blaster.urls.ws}/stream`);
  const symbols = new Map(
    benchInstruments(SYMBOLS).map(({ venueSymbol, index }) => [venueSymbol, index]),
  );
  const sums = new FrameSums();
  const take = (data: PlainFrame['data']) => {
    const symbol = symbols.get(data.s) as number;
    if (mix === 'T') sums.put(symbol, data.t, Number(data.p) * Number(data.q));
    else {
      let sum = 0;
      for (const [price, size] of data.b) sum += Number(price) * Number(size);
      for (const [price, size] of data.a) sum += Number(price) * Number(size);
      sums.put(symbol, data.u / IDS_A_DEPTH, sum);
    }
  };
  socket.onopen = () => socket.send('{"method":"SUBSCRIBE","params":[],"id":1}');
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data as string) as Partial<PlainFrame>;
    if (message.data === undefined) return;
    take(message.data);
  };
  return {
    frames: () => sums.frames,
    sums,
    facts: () => ({}),
    stop: () => socket.close(),
  };
}
