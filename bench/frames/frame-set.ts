/**
 * Frames as contenders get them: what one channel of one feed sent, with the REST answers between.
 * `prepare-frames.ts` makes them once, each run loads them from the scratch folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Instrument } from '../../src/model/instrument.ts';
import type { FeedModule } from '../../src/venues/contract.ts';
import { discoverVenues, loadFeed } from '../../src/venues/discover.ts';

export const FRAME_CHANNELS = ['trades', 'quotes', 'book'] as const;
export type FrameChannel = (typeof FRAME_CHANNELS)[number];

export interface Frame {
  readonly kind: 'text' | 'rest';
  readonly recvUs: number;
  readonly connection: number;
  /** The frame, or the JSON of a REST answer. */
  readonly text: string;
}

/** As it lies in the scratch folder. */
export interface StoredFrames {
  /** A capture's name or the embedded exchange. */
  readonly source: string;
  /** Dense indices from 0. */
  readonly instruments: readonly Instrument[];
  readonly frames: readonly Frame[];
}

export interface FrameSet extends StoredFrames {
  readonly feed: FeedModule;
  readonly channel: FrameChannel;
}

function pathOf(workDir: string, feed: string, channel: FrameChannel): string {
  return join(workDir, `frames-${feed}-${channel}.json`);
}

export async function storeFrames(
  workDir: string,
  feed: string,
  channel: FrameChannel,
  frames: StoredFrames,
): Promise<void> {
  await Bun.write(pathOf(workDir, feed, channel), JSON.stringify(frames));
}

export function hasFrames(workDir: string, feed: string, channel: FrameChannel): boolean {
  return existsSync(pathOf(workDir, feed, channel));
}

export async function loadFrames(
  workDir: string,
  feed: string,
  channel: FrameChannel,
): Promise<FrameSet> {
  const stored = (await Bun.file(pathOf(workDir, feed, channel)).json()) as StoredFrames;
  return { ...stored, feed: await loadFeed(feed), channel };
}

/** Every feed and channel that there are frames of. */
export async function preparedChannels(
  workDir: string,
): Promise<readonly (readonly [feed: string, channel: FrameChannel])[]> {
  const feeds = (await discoverVenues()).flatMap((venue) => venue.feeds.map(({ id }) => id));
  return feeds.flatMap((feed) =>
    FRAME_CHANNELS.filter((channel) => hasFrames(workDir, feed, channel)).map(
      (channel) => [feed, channel] as const,
    ),
  );
}
