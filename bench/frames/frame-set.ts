/**
 * Frames as contenders get them: what one feed sent, split by what the frames hold. From a real
 * capture in `../shared/captures` when there is one of the feed, else from the embedded exchange,
 * which `recordSimulated` records with the product's own capture writer. Read and split once, by
 * `prepareFrames`; each run loads the result from the scratch folder.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { surveyCaptures } from '../../src/engine/capture-survey.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { ChannelName } from '../../src/model/record-layout.ts';
import { CaptureReader } from '../../src/net/capture-reader.ts';
import type { FeedModule, MessageHandler } from '../../src/venues/contract.ts';
import { discoverVenues, loadFeed } from '../../src/venues/discover.ts';
import type { RunContext } from '../harness/suite.ts';

export interface Frame {
  readonly kind: 'text' | 'rest';
  readonly recvUs: number;
  readonly connection: number;
  /** The frame, or the JSON of a REST answer. */
  readonly text: string;
}

export interface FrameSet {
  readonly feed: FeedModule;
  readonly source: string;
  /** Dense indices from 0. */
  readonly instruments: readonly Instrument[];
  /** Frames of each channel with the REST answers between them. */
  readonly channels: ReadonlyMap<ChannelName, readonly Frame[]>;
}

/** As it lies in the scratch folder. */
interface StoredFrames {
  readonly source: string;
  readonly instruments: readonly Instrument[];
  readonly channels: Readonly<Partial<Record<ChannelName, readonly Frame[]>>>;
}

const CAPTURES_DIR = new URL('../../../shared/captures', import.meta.url).pathname;
/** Enough for a steady figure, few enough to hold as texts. */
const FRAMES_MAX = { tiny: 3000, quick: 100_000, full: 100_000 };

/** Every feed of this build with the captures it can be measured on. */
export async function framesOfFeeds(workDir: string): Promise<readonly FrameSource[]> {
  const real = await capturesByFeed(CAPTURES_DIR);
  const simulated = await capturesByFeed(simulatedDir(workDir));
  const sources: FrameSource[] = [];
  for (const { feeds } of await discoverVenues()) {
    for (const { id } of feeds) {
      const files = real.get(id) ?? simulated.get(id) ?? [];
      const source = real.has(id) ? `capture ${files[0]?.split('/').at(-1)}` : 'embedded exchange';
      sources.push({ feed: id, files, source });
    }
  }
  return sources;
}

export interface FrameSource {
  readonly feed: string;
  readonly files: readonly string[];
  readonly source: string;
}

export function simulatedDir(workDir: string): string {
  return join(workDir, 'simulated');
}

/** Feeds named by the first event of each capture of a folder. */
async function capturesByFeed(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  if (!existsSync(folder)) return found;
  const names = readdirSync(folder).filter((name) => /\.cap(\.gz|\.zst)?$/.test(name));
  for (const name of names.sort()) {
    const path = join(folder, name);
    for (const feed of await feedsIn(path)) found.set(feed, [...(found.get(feed) ?? []), path]);
  }
  return found;
}

/** A capture of the product holds all feeds of a venue; the first block shows them. */
async function feedsIn(path: string): Promise<Set<string>> {
  const feeds = new Set<string>();
  const reader = await CaptureReader.open(path);
  for (let blocks = 0; blocks < 4 && (await reader.load()); blocks += 1) {
    for (let event = reader.next(); event !== undefined; event = reader.next())
      feeds.add(event.feed);
  }
  await reader.close();
  return feeds;
}

function storedPath(workDir: string, feed: string): string {
  return join(workDir, `frames-${feed}.json`);
}

/** Splits what there is of each feed, once for all runs of this bench. */
export async function prepareFrames(context: RunContext): Promise<void> {
  const { workDir, scale } = context;
  for (const source of await framesOfFeeds(workDir)) {
    const path = storedPath(workDir, source.feed);
    if (source.files.length === 0 || existsSync(path)) continue;
    await Bun.write(path, JSON.stringify(await readFrames(source, FRAMES_MAX[scale])));
  }
}

/** Feeds that `prepareFrames` found frames of. */
export async function preparedFeeds(workDir: string): Promise<readonly string[]> {
  const feeds = (await discoverVenues()).flatMap((venue) => venue.feeds.map(({ id }) => id));
  return feeds.filter((feed) => existsSync(storedPath(workDir, feed)));
}

export async function loadFrames(workDir: string, feed: string): Promise<FrameSet> {
  const stored = (await Bun.file(storedPath(workDir, feed)).json()) as StoredFrames;
  const channels = new Map(Object.entries(stored.channels) as [ChannelName, readonly Frame[]][]);
  return { ...stored, feed: await loadFeed(feed), channels };
}

async function readFrames(
  { feed, files, source }: FrameSource,
  countMax: number,
): Promise<StoredFrames> {
  const module = await loadFeed(feed);
  const survey = await surveyCaptures(files);
  const instruments = survey.instruments
    .filter((each) => each.feed === feed)
    .map((each, index) => ({ ...each, index }));
  const frames: Frame[] = [];
  for (const path of files) {
    const reader = await CaptureReader.open(path);
    while (frames.length < countMax && (await reader.load())) {
      for (let event = reader.next(); event !== undefined; event = reader.next()) {
        if (frames.length === countMax) break;
        if (event.feed !== feed || (event.kind !== 'text' && event.kind !== 'rest')) continue;
        const { kind, recvUs, connection } = event;
        frames.push({ kind, recvUs, connection, text: event.text() });
      }
    }
    await reader.close();
  }
  const channels = Object.fromEntries(splitByChannel(module, instruments, frames));
  return { source, instruments, channels };
}

const CHANNELS = ['trades', 'quotes', 'book'] as const;

function splitByChannel(
  feed: FeedModule,
  instruments: readonly Instrument[],
  frames: readonly Frame[],
): Map<ChannelName, Frame[]> {
  const channels = new Map<ChannelName, Frame[]>(CHANNELS.map((name) => [name, []]));
  const protocol = feed.createProtocol({
    instruments,
    channels: CHANNELS,
    urls: feed.urls,
    anyTape: true,
  });
  const encoder = new TextEncoder();
  let held: ChannelName | undefined;
  const handler: MessageHandler = {
    ...NOTHING,
    onTrade: () => (held ??= 'trades'),
    onQuote: () => (held ??= 'quotes'),
    onDepth: () => (held ??= 'book'),
  };
  for (const frame of frames) {
    if (frame.kind === 'rest') {
      for (const list of channels.values()) list.push(frame);
      prime(protocol, frame);
      continue;
    }
    held = undefined;
    const bytes = encoder.encode(frame.text);
    protocol.decode(bytes, bytes.length, handler);
    if (held !== undefined) channels.get(held)?.push(frame);
  }
  return channels;
}

/** Contract sizes come over REST, and some feeds decode nothing before them. */
function prime(protocol: ReturnType<FeedModule['createProtocol']>, { text }: Frame): void {
  const answer = JSON.parse(text) as { url: string; status: number; body: unknown };
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  if (answer.status === 200) protocol.decodeRest(answer.url, body, REST_NOTHING);
}

const ignore = () => {};
const NOTHING: MessageHandler = {
  onTrade: ignore,
  onQuote: ignore,
  onDepth: ignore,
  onDerivative: ignore,
  onLiquidation: ignore,
  onAck: ignore,
  onStreamAck: ignore,
  onReply: ignore,
  onShutdownNotice: ignore,
};
const REST_NOTHING = {
  onBookSnapshot: ignore,
  onTrade: ignore,
  onTradesEnd: ignore,
  onDerivative: ignore,
  onInstruments: ignore,
  onRestLimit: ignore,
  onNextPage: ignore,
};
