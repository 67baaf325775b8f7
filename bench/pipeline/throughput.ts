/** Closed loop: how many trades a second go from the socket into committed rows, none lost. */
import { delay } from '../../src/base/clock.ts';
import { nowUs } from '../harness/measure.ts';
import { type RunContext, type RunOutcome, scaled } from '../harness/suite.ts';
import { EngineRun } from './engine-run.ts';
import { firstFrames } from './first-frames.ts';
import { busiestThreads, threadSeconds } from './thread-cpu.ts';

const SECONDS = { tiny: 0.4, quick: 5, full: 30 };
const WARM_UP_SECONDS = { tiny: 0, quick: 1, full: 3 };
const SYMBOLS = 8;
const RING_BYTES = 64 << 20;
/** Frames under way at most: less than the rings hold, so that nothing is ever dropped. */
const WINDOW = 200_000;
const CONFIRM_MS = 5;
const MB = 1e6;

export async function throughputRun({ scale, workDir }: RunContext): Promise<RunOutcome> {
  const run = await EngineRun.start({
    workDir,
    symbolCount: SYMBOLS,
    channels: ['trades'],
    ringBytes: RING_BYTES,
    blast: { mix: 'T', rate: 0, window: WINDOW },
  });
  run.blaster.start();
  await firstFrames(() => run.counters().feed.frames);
  await confirmFor(run, scaled(scale, WARM_UP_SECONDS));
  const rssStart = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const threads = threadSeconds();
  run.mark();
  const before = run.counters().writer.trades;
  const startUs = nowUs();
  const peaks = await confirmFor(run, scaled(scale, SECONDS));
  const elapsedUs = nowUs() - startUs;
  const work = run.counters().writer.trades - before;
  const cpu = process.cpuUsage(cpuBefore);
  const busiest = busiestThreads(threads, elapsedUs);
  const rssEnd = process.memoryUsage.rss();
  const histograms = run.latencies();
  const stalls = run.stalls();
  const { sent } = await run.blaster.stop();
  await run.drained(sent);
  const { feed } = run.counters();
  const stored = await run.stop();
  run.dispose();
  const lost = sent.trades - stored.trades;
  return {
    value: (work / elapsedUs) * 1e6,
    work,
    elapsedUs,
    checksums: {},
    notCompared: 'held against what was sent',
    metrics: {
      lost,
      'ids missing': stored.missing,
      'gaps open': stored.openGaps,
      'frames dropped': feed.frames_dropped,
      'trades in candles − stored': stored.candleTrades - stored.trades,
      'CPU s a million': (cpu.user + cpu.system) / work,
      'ring used at most': peaks.ringShare,
      'backlog MB at most': peaks.backlogLength / MB,
      'spool batches at most': peaks.spoolBatches,
      'RSS MB start': rssStart / MB,
      'RSS MB end': rssEnd / MB,
      ...stalls,
    },
    histograms,
    source: 'trade frames made once, ids and times fresh',
    notes: busiest === '' ? [] : [`threads: ${busiest}`],
  };
}

interface Peaks {
  ringShare: number;
  backlogLength: number;
  spoolBatches: number;
}

/** Tells the blaster what was committed, and watches the queues. */
async function confirmFor(run: EngineRun, seconds: number): Promise<Peaks> {
  const peaks: Peaks = { ringShare: 0, backlogLength: 0, spoolBatches: 0 };
  const endUs = nowUs() + seconds * 1e6;
  while (nowUs() < endUs) {
    const { feed, writer } = run.counters();
    run.blaster.confirm(writer.trades);
    peaks.ringShare = Math.max(peaks.ringShare, feed.ring_used_length / feed.ring_capacity || 0);
    peaks.backlogLength = Math.max(peaks.backlogLength, feed.backlog_length);
    peaks.spoolBatches = Math.max(peaks.spoolBatches, writer.spool_batches);
    await delay(CONFIRM_MS);
  }
  return peaks;
}
