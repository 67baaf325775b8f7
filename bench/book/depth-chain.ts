/** The depth frames of a feed as numbers: a snapshot and what follows it. */
import type { BookSideName } from '../../src/book/order-book.ts';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import type { DepthMessage, MessageHandler, RestHandler } from '../../src/venues/contract.ts';
import { silent } from '../frames/capture-frames.ts';
import { loadFrames } from '../frames/frame-set.ts';
import { type RunContext, scaled } from '../harness/suite.ts';

export interface BookUpdate {
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly bidCount: number;
  readonly askCount: number;
}

export interface DepthChain {
  readonly snapshot: BookUpdate;
  readonly updates: readonly BookUpdate[];
  /** Of all updates. */
  readonly levels: number;
  readonly source: string;
}

const UPDATES = { tiny: 100, quick: 3000, full: 10_000 };

export type LevelVisitor = (side: BookSideName, price: number, size: number) => void;

export function eachLevel(
  { prices, sizes, bidCount, askCount }: BookUpdate,
  visit: LevelVisitor,
): void {
  for (let i = 0; i < bidCount; i += 1) visit('bid', prices[i] as number, sizes[i] as number);
  for (let i = bidCount, end = bidCount + askCount; i < end; i += 1) {
    visit('ask', prices[i] as number, sizes[i] as number);
  }
}

/** Of one instrument; updates older than the snapshot are left out. */
export async function loadChain(
  { workDir, scale }: RunContext,
  feedId: string,
): Promise<DepthChain> {
  const { feed, instruments, frames, source } = await loadFrames(workDir, feedId, 'book');
  const { urls } = feed;
  const protocol = feed.createProtocol({ instruments, channels: ['book'], urls, anyTape: true });
  const updates: { id: number; update: BookUpdate }[] = [];
  let snapshot: { id: number; update: BookUpdate } | undefined;
  const onDepth = (message: DepthMessage) => {
    if (message.instrument !== 0) return;
    updates.push({ id: message.lastId, update: copyOf(message) });
  };
  const onBookSnapshot = (message: DepthMessage) => {
    if (message.instrument !== 0) return;
    snapshot ??= { id: message.lastId, update: copyOf(message) };
  };
  const encoder = new TextEncoder();
  for (const { kind, text } of frames) {
    if (kind === 'text') {
      const bytes = encoder.encode(text);
      protocol.decode(bytes, bytes.length, silent<MessageHandler>({ onDepth }));
    } else {
      const answer = parseRestPayload(text);
      const handler = silent<RestHandler>({ onBookSnapshot });
      if (answer) protocol.decodeRest(answer.url, answer.body, handler);
    }
  }
  if (snapshot === undefined) throw new Error(`${source} holds no book snapshot`);
  const { id, update } = snapshot;
  const following = updates.filter((each) => each.id > id).slice(0, scaled(scale, UPDATES));
  return {
    snapshot: update,
    updates: following.map((each) => each.update),
    levels: following.reduce((sum, each) => sum + each.update.prices.length, 0),
    source,
  };
}

function copyOf({ prices, sizes, bidCount, askCount }: DepthMessage): BookUpdate {
  const count = bidCount + askCount;
  return { prices: prices.slice(0, count), sizes: sizes.slice(0, count), bidCount, askCount };
}
