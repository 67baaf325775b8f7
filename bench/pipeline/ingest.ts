/**
 * Socket to records in the rings, one venue worker and nothing else: what a million frames cost in
 * CPU time of the whole process. Against the bare minimum a reader would write: Bun's WebSocket,
 * `JSON.parse`, `Number`, no ring, no book, no check.
 */
import { delay, every, systemClock } from '../../src/base/clock.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import { VenueAgent } from '../../src/engine/venue-agent.ts';
import type { ChannelName } from '../../src/model/record-layout.ts';
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

const SECONDS = { tiny: 0.3, quick: 3, full: 8 };
const WARM_UP_SECONDS = { tiny: 0.1, quick: 1, full: 2 };
const SYMBOLS = 8;
const RING_BYTES = 64 << 20;
const DRAIN_MS = 1;

interface Ingest {
  frames(): number;
  stop(): void;
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
    await firstFrames(ingest.frames);
    await delay(scaled(scale, WARM_UP_SECONDS) * 1000);
    const before = ingest.frames();
    const cpuBefore = process.cpuUsage();
    const startUs = nowUs();
    await delay(scaled(scale, SECONDS) * 1000);
    const elapsedUs = nowUs() - startUs;
    const cpu = process.cpuUsage(cpuBefore);
    const work = ingest.frames() - before;
    confirm.stop();
    await blaster.stop();
    const facts = ingest.facts();
    ingest.stop();
    blaster.end();
    const perSecond = (work / elapsedUs) * 1e6;
    return {
      value: (cpu.user + cpu.system) / work,
      work,
      elapsedUs,
      checksums: {},
      metrics: {
        'frames/s': perSecond,
        'RSS MiB': process.memoryUsage.rss() / (1 << 20),
        ...facts,
      },
      source: 'frames made once, ids and times fresh',
    };
  };
}

/** Ours: a venue agent; its rings are emptied without being looked at. */
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
  const rings = [...venue.toWriters, venue.toAggregator].map((ring) => new RingConsumer(ring));
  let records = 0;
  const drain = every(DRAIN_MS, () => {
    for (const ring of rings) {
      while (ring.next()) records += 1;
      ring.release();
    }
  });
  agent.run();
  const counters = new CounterRegion(FEED_COUNTERS, feed.counters);
  return {
    frames: () => counters.get('frames'),
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

interface PlainFrame {
  readonly data: {
    readonly p: string;
    readonly q: string;
    readonly b: readonly (readonly [string, string])[];
    readonly a: readonly (readonly [string, string])[];
  };
}

export async function startPlainSocket(blaster: BlasterHandle, mix: 'T' | 'D'): Promise<Ingest> {
  const socket = new WebSocket(`${blaster.urls.ws}/stream`);
  let frames = 0;
  let sum = 0;
  const take = (data: PlainFrame['data']) => {
    if (mix === 'T') {
      sum += Number(data.p) * Number(data.q);
      return;
    }
    for (let i = 0; i < data.b.length; i += 1)
      sum += Number(data.b[i]?.[0]) + Number(data.b[i]?.[1]);
    for (let i = 0; i < data.a.length; i += 1)
      sum += Number(data.a[i]?.[0]) + Number(data.a[i]?.[1]);
  };
  socket.onopen = () => socket.send('{"method":"SUBSCRIBE","params":[],"id":1}');
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data as string) as Partial<PlainFrame>;
    if (message.data === undefined) return;
    take(message.data);
    frames += 1;
  };
  return { frames: () => frames, facts: () => ({ sum }), stop: () => socket.close() };
}
