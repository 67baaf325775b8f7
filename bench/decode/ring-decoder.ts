/**
 * Ours: frame to record in the ring by the very objects a venue worker is made of (runner, session,
 * sink, rings). It is handed bytes, as its socket hands them, where the others are handed the text
 * that theirs make of them. The rings are read in the same thread, which is on our time as well:
 * other contenders' results are looked at too.
 */
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import { FeedRunner } from '../../src/engine/feed-runner.ts';
import { RingSink } from '../../src/engine/ring-sink.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  Quote,
  RecordType,
  Trade,
} from '../../src/model/record-layout.ts';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import { Doorbell } from '../../src/shm/doorbell.ts';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { producerFor } from '../../src/shm/ring-fan.ts';
import { RingProducer } from '../../src/shm/ring-producer.ts';
import { FeedSession } from '../../src/venues/kit/feed-session.ts';
import type { Frame } from '../frames/frame-set.ts';
import { NumberChecksum } from '../harness/checksum.ts';
import { engineConfig } from '../pipeline/engine-config.ts';
import { type DecodeInput, type Decoder, isDepthSnapshot } from './decoder.ts';

/** Frames a publish: about what one turn of the event loop brings under load. */
const TURN_FRAMES = 64;
const BOOK_LEVELS = 20;
/** What a read brings under load. */
const CHUNK_LENGTH = 64 * 1024;
/** Of a WebSocket frame, whose head stands before each message. */
const HEAD_LENGTH = 4;

export async function ringDecoder(input: DecodeInput): Promise<Decoder> {
  return new RingDecoder(input);
}

/** A frame as the socket hands it out: a part of what one read brought. */
interface WireFrame extends Frame {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
}

class RingDecoder implements Decoder {
  readonly frames: readonly WireFrame[];
  readonly #input: DecodeInput;
  readonly #config: EngineConfig;
  readonly #memory: ReturnType<typeof createSharedMemory>;
  readonly #sink: RingSink;
  readonly #toWriter: RingConsumer;
  readonly #toAggregator: RingConsumer;
  readonly #trades = new NumberChecksum();
  readonly #quotes = new NumberChecksum();
  readonly #levels = new NumberChecksum();
  readonly #top = new NumberChecksum();
  #runner: FeedRunner | undefined;
  #pending = 0;
  #lastUs = 0;

  constructor(input: DecodeInput) {
    this.#input = input;
    this.frames = inChunks(input.frames);
    const { feed, instruments } = input;
    this.#config = engineConfig({
      feeds: [{ feed: feed.id, venue: feed.venue, urls: feed.urls, channels: [input.channel] }],
      instruments,
      storeUrl: 'sqlite:unused.db',
      deltas: true,
    });
    this.#memory = createSharedMemory(this.#config);
    const [venue] = this.#memory.venues;
    if (venue === undefined) throw new Error('one venue is configured');
    this.#sink = new RingSink(
      producerFor(venue.toWriters),
      new RingProducer(venue.toAggregator),
      new Doorbell(this.#memory.aggregatorDoorbell),
    );
    this.#toWriter = new RingConsumer(venue.toWriters[0] as SharedArrayBuffer);
    this.#toAggregator = new RingConsumer(venue.toAggregator);
  }

  reset(): void {
    const { feed, instruments, channel } = this.#input;
    const [memory] = this.#memory.feeds;
    if (memory === undefined) throw new Error('one feed is configured');
    const session = new FeedSession({
      feed,
      urls: feed.urls,
      instruments,
      channels: [channel],
      staleAfterUs: {},
      book: { depth: BOOK_LEVELS, intervalUs: 100_000, deltas: true },
      repair: { maxTrades: 0, graceUs: 300_000 },
      resume: new Map(),
      isReplay: true,
      seed: 1,
      sink: this.#sink,
      actions: { open: ignore, close: ignore, send: ignore, fetch: ignore, report: ignore },
      counters: new Float64Array(memory.counters),
    });
    this.#runner = new FeedRunner(session, memory, { feedState: ignore, log: ignore });
    this.#sink.attribute(this.#runner);
    for (const sum of [this.#trades, this.#quotes, this.#levels, this.#top]) sum.reset();
    session.start(this.#input.frames[0]?.recvUs ?? 0);
  }

  onFrame({ connection, chunk, from, to, recvUs }: WireFrame): void {
    this.#runner?.onMessage(connection, chunk, from, to, recvUs);
    this.#lastUs = recvUs;
    this.#pending += 1;
    if (this.#pending === TURN_FRAMES) this.#endTurn();
  }

  onRest({ text, recvUs }: Frame): void {
    const answer = parseRestPayload(text);
    if (answer === undefined) return;
    this.#runner?.onRest({ ...answer, retryAfterUs: 0 }, recvUs);
    this.#endTurn();
    // The snapshot itself is no work of the frames: it is left out of every contender's sum.
    if (isDepthSnapshot(answer.url)) this.#levels.reset();
  }

  finish(): void {
    // Two intervals on: the last state of the books is due.
    this.#runner?.session.onTick(this.#lastUs + 200_000);
    this.#endTurn();
  }

  checksums(): Record<string, string> {
    const { channel } = this.#input;
    if (channel === 'trades') return { trades: String(this.#trades) };
    if (channel === 'quotes') return { quotes: String(this.#quotes) };
    return { levels: String(this.#levels), 'top of book': String(this.#top) };
  }

  #endTurn(): void {
    this.#pending = 0;
    this.#sink.publish();
    this.#runner?.onPublished(this.#lastUs);
    while (this.#toAggregator.next());
    this.#toAggregator.release();
    const ring = this.#toWriter;
    while (ring.next()) this.#readRecord(ring.type, ring.index);
    ring.release();
  }

  #readRecord(type: number, index: number): void {
    const { f64, u32 } = this.#toWriter.bytes;
    if (type === RecordType.trade) {
      this.#trades.add(
        f64[(index + Trade.price) >> 3] as number,
        f64[(index + Trade.size) >> 3] as number,
      );
    } else if (type === RecordType.quote) {
      const at = (index + Quote.bidPrice) >> 3;
      this.#quotes.add(f64[at] as number, f64[at + 2] as number);
    } else if (type === RecordType.bookDelta) {
      const bids = u32[(index + BookDelta.bidCount) >> 2] as number;
      const asks = u32[(index + BookDelta.askCount) >> 2] as number;
      this.#addLevels(this.#levels, index + BOOK_DELTA_LENGTH, bids + asks);
    } else if (type === RecordType.bookSnapshot) {
      const bids = u32[(index + BookSnapshot.bidCount) >> 2] as number;
      const asks = u32[(index + BookSnapshot.askCount) >> 2] as number;
      // Only the last one counts.
      this.#top.reset();
      this.#addLevels(this.#top, index + BOOK_SNAPSHOT_LENGTH, bids + asks);
    }
  }

  #addLevels(sum: NumberChecksum, index: number, count: number): void {
    const { f64 } = this.#toWriter.bytes;
    for (let at = index >> 3, end = at + 2 * count; at < end; at += 2) {
      sum.add(f64[at] as number, f64[at + 1] as number);
    }
  }
}

/** The frames one behind the other in chunks, as they come in. */
function inChunks(frames: readonly Frame[]): WireFrame[] {
  const out: WireFrame[] = [];
  let chunk = Buffer.alloc(0);
  let at = 0;
  for (const frame of frames) {
    const length = Buffer.byteLength(frame.text);
    if (at + HEAD_LENGTH + length > chunk.length) {
      chunk = Buffer.alloc(Math.max(CHUNK_LENGTH, HEAD_LENGTH + length));
      at = 0;
    }
    const from = at + HEAD_LENGTH;
    chunk.write(frame.text, from);
    at = from + length;
    out.push({ ...frame, chunk, from, to: at });
  }
  return out;
}

function ignore(): void {}
