/** What a contender of the decode suite is, and how one is timed. */
import type { Frame, FrameSet } from '../frames/frame-set.ts';
import { measurePasses, nowUs } from '../harness/measure.ts';
import type { RunContext, RunOutcome } from '../harness/suite.ts';

export type DecodeInput = FrameSet;

const IN_CONTRACTS = 'a rival keeps contracts or quote units where ours keeps base units';
const BLOCK_TRADES = 'ours leaves block trades out';
const HISTORY = 'a rival leaves out what is sent on subscribing';
const ON_CHANGE = 'ours leaves out a quote that changes nothing';
/**
 * Where contenders differ by design, by feed and channel, and how: their counts alone are held
 * against each other, as are those of all quotes. Everywhere else they must come to the same trades
 * and levels.
 */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'binance.coinm trades': IN_CONTRACTS,
  'binance.coinm book': IN_CONTRACTS,
  'bybit.spot trades': BLOCK_TRADES,
  'bybit.linear trades': BLOCK_TRADES,
  'deribit trades': IN_CONTRACTS,
  'deribit book': IN_CONTRACTS,
  'coinbase trades': HISTORY,
  'hyperliquid trades': HISTORY,
  'okx trades': IN_CONTRACTS,
  'okx book': IN_CONTRACTS,
};

export function differenceOf(
  input: Pick<DecodeInput, 'channel' | 'instruments'> & { readonly feed: { readonly id: string } },
): string | undefined {
  const { feed, channel, instruments } = input;
  if (channel === 'quotes') return ON_CHANGE;
  const difference = DIFFERENCES[`${feed.id} ${channel}`];
  const isSpot = instruments.every(({ marketType }) => marketType === 'spot');
  return isSpot && difference === IN_CONTRACTS ? undefined : difference;
}

/** Binance's answers with a whole book; the other feeds send theirs in the stream. */
export function isDepthSnapshot(url: string): boolean {
  return url.includes('/depth');
}

export interface Decoder {
  /** The frames in this contender's spelling; absent: as they are. */
  readonly frames?: readonly Frame[];
  /** A new session: the same frames come again. Not timed. */
  reset(): void;
  /** Timed. */
  onFrame(frame: Frame): void;
  /** A REST answer of the capture. Not timed. */
  onRest(frame: Frame): void;
  /** Ends a pass, timed: whatever is still held is brought out. */
  finish(): void;
  checksums(): Readonly<Record<string, string>>;
}

export type MakeDecoder = (input: DecodeInput) => Promise<Decoder>;

/**
 * Frames at the start of a pass that are played and not timed: what a session does once (whole
 * books, shapes learned, prototypes made) is not what a frame costs, and some sets hold a minute.
 */
const START_FRAMES = 64;
/** Of short sets this share. */
const START_SHARE = 0.25;

export async function timeDecoder(
  input: DecodeInput,
  make: MakeDecoder,
  { scale }: RunContext,
): Promise<RunOutcome> {
  const decoder = await make(input);
  const played = decoder.frames ?? input.frames;
  const all = played.filter(({ kind }) => kind === 'text').length;
  const untimed = Math.min(START_FRAMES, Math.floor(all * START_SHARE));
  const frames = all - untimed;
  let checksums: Readonly<Record<string, string>> = {};
  const pass = () => {
    decoder.reset();
    const elapsedUs = playOnce(decoder, played, untimed);
    checksums = decoder.checksums();
    // A mapper of another version of the protocol would be fastest of all.
    const isEmpty = Object.values(checksums).every((sum) => sum.startsWith('0:'));
    if (isEmpty) throw new Error('this contender got nothing out of the frames');
    return elapsedUs;
  };
  const { passes, elapsedUs } = measurePasses(scale, pass);
  const work = passes * frames;
  const value = (work / elapsedUs) * 1e6;
  const metrics = { 'ns a frame': (elapsedUs * 1000) / work };
  const outcome = { value, work, elapsedUs, metrics, source: input.source };
  const difference = differenceOf(input);
  if (difference === undefined) return { ...outcome, checksums };
  return { ...outcome, checksums: {}, counts: countsOf(checksums), notCompared: difference };
}

/** The pairs that each checksum is of. */
function countsOf(checksums: Readonly<Record<string, string>>): Record<string, number> {
  const counts = Object.entries(checksums).map(([key, sum]) => [key, Number.parseInt(sum, 10)]);
  return Object.fromEntries(counts) as Record<string, number>;
}

/** µs that all frames but the first `untimed` took. */
function playOnce(decoder: Decoder, frames: readonly Frame[], untimed: number): number {
  let elapsedUs = 0;
  let startUs = nowUs();
  let left = untimed;
  for (const frame of frames) {
    if (frame.kind === 'text') {
      decoder.onFrame(frame);
      if (left === 0) continue;
      left -= 1;
      startUs = nowUs();
      continue;
    }
    if (left === 0) elapsedUs += nowUs() - startUs;
    decoder.onRest(frame);
    startUs = nowUs();
  }
  decoder.finish();
  return elapsedUs + nowUs() - startUs;
}
