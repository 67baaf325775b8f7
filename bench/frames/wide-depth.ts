/**
 * Depth frames of exactly 20 + 20 levels in Binance's dialect, one unbroken chain from a snapshot.
 * Real frames vary in length, so a figure for 40 levels needs frames that all have them: prices and
 * sizes are texts of the snapshot's own ladder, near the top more often than far from it.
 */
import { Prng } from '../../src/base/prng.ts';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import type { Frame } from './frame-set.ts';

export const SIDE_LEVELS = 20;
/** The ladder's part that changes. */
const RANKS = 400;
const IDS_A_FRAME = 10;
/** Share of levels that are taken away; a later frame brings them back. */
const REMOVED_SHARE = 0.2;

type LevelText = readonly [price: string, size: string];

interface Snapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/** The snapshot's frame, then `count` that follow it; [] when `frames` hold no snapshot. */
export function wideDepthFrames(frames: readonly Frame[], symbol: string, count: number): Frame[] {
  const first = frames.find((frame) => frame.kind === 'rest' && snapshotOf(frame) !== undefined);
  const snapshot = first === undefined ? undefined : snapshotOf(first);
  if (first === undefined || snapshot === undefined) return [];
  const prng = new Prng(40);
  const out: Frame[] = [first];
  let id = snapshot.lastUpdateId;
  for (let i = 0; i < count; i += 1) {
    const recvUs = first.recvUs + (i + 1) * 1000;
    const event = {
      e: 'depthUpdate',
      E: Math.floor(recvUs / 1000),
      s: symbol,
      U: id + 1,
      u: id + IDS_A_FRAME,
      b: pickLevels(snapshot.bids, prng),
      a: pickLevels(snapshot.asks, prng),
    };
    id += IDS_A_FRAME;
    const text = JSON.stringify({ stream: `${symbol.toLowerCase()}@depth@100ms`, data: event });
    out.push({ kind: 'text', recvUs, connection: first.connection, text });
  }
  return out;
}

function snapshotOf({ text }: Frame): Snapshot | undefined {
  const answer = parseRestPayload(text);
  if (answer === undefined || !answer.url.includes('/depth')) return undefined;
  return JSON.parse(answer.body) as Snapshot;
}

/** Distinct levels, best first, as the venue sends them. */
function pickLevels(ladder: readonly LevelText[], prng: Prng): LevelText[] {
  const ranks = new Set<number>();
  const limit = Math.min(RANKS, ladder.length);
  while (ranks.size < Math.min(SIDE_LEVELS, limit)) {
    ranks.add(Math.floor(prng.next() ** 3 * limit));
  }
  return [...ranks]
    .sort((a, b) => a - b)
    .map((rank) => {
      const [price, size] = ladder[rank] as LevelText;
      const other = ladder[Math.floor(prng.next() * limit)] as LevelText;
      const isRemoved = rank > 0 && prng.next() < REMOVED_SHARE;
      return [price, isRemoved ? size.replace(/[0-9]/g, '0') : other[1]];
    });
}
