/** Reads captures and sorts the frames of a feed by what the feed's own decoder finds in them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { surveyCaptures } from '../../src/engine/capture-survey.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import { CaptureReader } from '../../src/net/capture-reader.ts';
import type { FeedModule, MessageHandler, RestHandler } from '../../src/venues/contract.ts';
import { loadFeed } from '../../src/venues/discover.ts';
import { FRAME_CHANNELS, type Frame, type FrameChannel, type StoredFrames } from './frame-set.ts';

/** The first blocks of a capture show which feeds it holds. */
const BLOCKS_LOOKED_AT = 4;

export interface CaptureFrames {
  readonly channels: ReadonlyMap<FrameChannel, StoredFrames>;
}

/** Captures of a folder by the feeds in them; empty when there is no such folder. */
export async function capturesByFeed(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  if (!existsSync(folder)) return found;
  const names = readdirSync(folder).filter((name) => /\.cap(\.gz|\.zst)?$/.test(name));
  for (const name of names.sort()) {
    const path = join(folder, name);
    for (const feed of await feedsIn(path)) found.set(feed, [...(found.get(feed) ?? []), path]);
  }
  return found;
}

async function feedsIn(path: string): Promise<Set<string>> {
  const feeds = new Set<string>();
  const reader = await CaptureReader.open(path);
  for (let blocks = 0; blocks < BLOCKS_LOOKED_AT && (await reader.load()); blocks += 1) {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      feeds.add(event.feed);
    }
  }
  await reader.close();
  return feeds;
}

/** The first `countMax` frames of `feedId` in `files`, by channel. */
export async function readCaptureFrames(
  feedId: string,
  files: readonly string[],
  source: string,
  countMax: number,
): Promise<CaptureFrames> {
  const feed = await loadFeed(feedId);
  const survey = await surveyCaptures(files);
  const instruments = survey.instruments
    .filter((each) => each.feed === feedId)
    .map((each, index) => ({ ...each, index }));
  const frames: Frame[] = [];
  for (const path of files) {
    const reader = await CaptureReader.open(path);
    while (frames.length < countMax && (await reader.load())) {
      for (let event = reader.next(); event !== undefined; event = reader.next()) {
        if (frames.length === countMax) break;
        if (event.feed !== feedId || (event.kind !== 'text' && event.kind !== 'rest')) continue;
        const { kind, recvUs, connection } = event;
        frames.push({ kind, recvUs, connection, text: event.text() });
      }
    }
    await reader.close();
  }
  const channels = new Map<FrameChannel, StoredFrames>();
  for (const [channel, list] of splitByChannel(feed, instruments, frames)) {
    channels.set(channel, { source, instruments, frames: list });
  }
  return { channels };
}

function splitByChannel(
  feed: FeedModule,
  instruments: readonly Instrument[],
  frames: readonly Frame[],
): Map<FrameChannel, Frame[]> {
  const lists = new Map<FrameChannel, Frame[]>(FRAME_CHANNELS.map((name) => [name, []]));
  const { urls } = feed;
  const channels = FRAME_CHANNELS;
  const protocol = feed.createProtocol({ instruments, channels, urls, anyTape: true });
  const encoder = new TextEncoder();
  let held: FrameChannel | undefined;
  const handler = silent<MessageHandler>({
    onTrade: () => (held ??= 'trades'),
    onQuote: () => (held ??= 'quotes'),
    onDepth: () => (held ??= 'book'),
  });
  for (const frame of frames) {
    if (frame.kind === 'rest') {
      // Contract sizes come over REST, and some feeds decode nothing before them.
      const answer = parseRestPayload(frame.text);
      let isPage = false;
      const pages = silent<RestHandler>({ onTradesEnd: () => (isPage = true) });
      if (answer?.status === 200) protocol.decodeRest(answer.url, answer.body, pages);
      // A page of trades is megabytes that only ours would read, and leave to be collected later.
      if (!isPage) for (const list of lists.values()) list.push(frame);
      continue;
    }
    held = undefined;
    const bytes = encoder.encode(frame.text);
    protocol.decode(bytes, bytes.length, handler);
    if (held !== undefined) lists.get(held)?.push(frame);
  }
  return lists;
}

/** A handler that ignores what it is not asked for, whatever the contract grows. */
export function silent<Handler extends MessageHandler | RestHandler>(
  wanted: Partial<Record<keyof Handler, unknown>>,
): Handler {
  const ignore = () => {};
  return new Proxy(wanted, {
    get: (target, name) => (target as Record<PropertyKey, unknown>)[name] ?? ignore,
  }) as unknown as Handler;
}
