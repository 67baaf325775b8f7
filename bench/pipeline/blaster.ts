/**
 * Process that plays a venue at a given rate or as fast as its window lets. Started by the pipeline
 * suite with its options as JSON; talks to it over the process channel.
 */
import { systemClock } from '../../src/base/clock.ts';
import type { BlastOptions, FromBlaster, SentCounts, ToBlaster } from './blast-options.ts';
import { startBlastServer } from './blast-server.ts';
import { FrameBelt } from './frame-belt.ts';

const options = JSON.parse(process.argv[2] ?? '') as BlastOptions;
const belt = new FrameBelt(options);
const say = (message: FromBlaster) => process.send?.(message);
const server = startBlastServer(belt, () => say({ type: 'subscribed' }));

/** Frames in one write at full throttle. */
const CHUNK_FRAMES = 256;
/** A schedule is looked at this often. */
const SLICE_MS = 1;

const sent = { frames: 0, T: 0, Q: 0, D: 0 };
let confirmed = 0;
let lateUs = 0;
let isStopped = false;

function send(count: number, timeUs: number, stepUs: number): number {
  const taken = belt.available(count);
  for (let i = 0; i < taken; i += 1) sent[belt.kindAt(i)] += 1;
  server.write(belt.take(taken, timeUs, stepUs));
  sent.frames += taken;
  return taken;
}

/** Closed loop: never more than the window ahead of what came through. */
function blast(): void {
  if (isStopped) return;
  const ahead = sent.frames - confirmed;
  const room = Math.min(CHUNK_FRAMES, options.window - ahead);
  if (room > 0 && server.isReady()) {
    send(room, systemClock.wallUs(), 0);
    setImmediate(blast);
  } else setTimeout(blast, SLICE_MS);
}

/**
 * Open loop: frame n is due at start + n / rate and says so, whenever it really goes out. A client
 * that stalls finds the delay in its latencies.
 */
function keepSchedule(startUs: number): void {
  if (isStopped) return;
  const stepUs = 1e6 / options.rate;
  const nowUs = systemClock.wallUs();
  let due = Math.floor((nowUs - startUs) / stepUs) - sent.frames;
  if (due > 0) lateUs = Math.max(lateUs, nowUs - (startUs + sent.frames * stepUs));
  while (due > 0) due -= send(due, startUs + sent.frames * stepUs, stepUs);
  setTimeout(() => keepSchedule(startUs), SLICE_MS);
}

function counts(): SentCounts {
  return { frames: sent.frames, trades: sent.T, quotes: sent.Q, depths: sent.D };
}

process.on('message', (message: ToBlaster) => {
  if (message.type === 'confirmed') confirmed = message.frames;
  else if (message.type === 'start') {
    if (options.rate > 0) keepSchedule(systemClock.wallUs());
    else blast();
  } else {
    isStopped = true;
    say({ type: 'stopped', sent: counts(), lateUs });
  }
});
// The bench is gone: so is the reason to be here.
process.on('disconnect', () => process.exit(0));
say({ type: 'ready', wsPort: server.wsPort, restPort: server.restPort });
