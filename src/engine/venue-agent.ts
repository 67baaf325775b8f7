/**
 * Runs the feeds of one venue in one worker: sockets, REST, clock and rings around the pure
 * sessions.
 *
 * What the network brings is taken in at once while the rings have room; else it waits in a bounded
 * backlog, and beyond that frames are dropped and counted: the sessions then see a gap like any
 * other, write it to the ledger and refill it.
 */
import { assert } from '../base/assert.ts';
import { type Clock, every, type Timer } from '../base/clock.ts';
import type { InstrumentMeta } from '../model/instrument.ts';
import { writeStatus } from '../model/record-codec.ts';
import { RecordType, StatusKind } from '../model/record-layout.ts';
import { restFetch } from '../net/rest-client.ts';
import { type ClientSocket, connectSocket } from '../net/web-socket/connect.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { Doorbell } from '../shm/doorbell.ts';
import { producerFor } from '../shm/ring-fan.ts';
import { RingProducer } from '../shm/ring-producer.ts';
import type { FeedModule, RestRequest, VenueModule } from '../venues/contract.ts';
import { FeedSession } from '../venues/kit/feed-session.ts';
import type { SessionActions } from '../venues/kit/session-host.ts';
import { CaptureLog } from './capture-log.ts';
import type { VenueStart } from './control-messages.ts';
import { VENUE_COUNTERS } from './counters.ts';
import type { FeedConfig } from './engine-config.ts';
import { FeedRunner, type FeedState } from './feed-runner.ts';
import { RingSink } from './ring-sink.ts';

const TICK_MS = 20;
/** Sent to the aggregator this often: it closes candles by this clock. */
const TICK_RECORD_US = 50_000;
/** After unsubscribing, frames under way are still taken for this long. */
const LINGER_US = 300_000;

export interface VenueAgentHost {
  feedState(feed: string, state: FeedState, problem: string): void;
  metadata(list: readonly InstrumentMeta[]): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  stopped(): void;
}

interface Waiting {
  readonly length: number;
  readonly runner: FeedRunner;
  readonly deliver: () => void;
}

export class VenueAgent {
  readonly #start: VenueStart;
  readonly #clock: Clock;
  readonly #host: VenueAgentHost;
  readonly #sink: RingSink;
  readonly #capture: CaptureLog;
  readonly #runners: FeedRunner[] = [];
  readonly #counters: CounterRegion<(typeof VENUE_COUNTERS)[number]>;
  readonly #backlog: Waiting[] = [];
  #backlogHead = 0;
  #backlogLength = 0;
  #timer: Timer | undefined;
  #tickRecordUs = 0;
  #lastTickUs = 0;
  #stopUs = Number.NaN;
  #isFinished = false;

  constructor(start: VenueStart, module: VenueModule, clock: Clock, host: VenueAgentHost) {
    this.#start = start;
    this.#clock = clock;
    this.#host = host;
    const memory = start.shared.venues.find((v) => v.venue === start.venue);
    assert(memory !== undefined, `Invariant: venue ${start.venue} has shared memory`);
    this.#sink = new RingSink(
      producerFor(memory.toWriters),
      new RingProducer(memory.toAggregator),
      new Doorbell(start.shared.aggregatorDoorbell),
    );
    this.#counters = new CounterRegion(VENUE_COUNTERS, memory.counters);
    const { captureDir, captureRotateBytes } = start.config;
    this.#capture = new CaptureLog(
      captureDir,
      start.venue,
      captureRotateBytes,
      clock,
      this.#counters,
      host.log,
    );
    for (const config of start.config.feeds) {
      if (config.venue !== start.venue) continue;
      const feed = module.feeds.find((f) => f.id === config.feed);
      assert(feed !== undefined, `Invariant: feed ${config.feed} is one of venue ${module.id}`);
      this.#runners.push(this.#createRunner(feed, config));
    }
  }

  run(): void {
    const nowUs = this.#clock.wallUs();
    this.#lastTickUs = nowUs;
    for (const runner of this.#runners) runner.session.start(nowUs);
    this.#timer = every(TICK_MS, () => this.#onTick());
  }

  /**
   * Unsubscribes, finishes open repairs (at most `shutdownMs`), publishes the rest, says stopped.
   */
  stop(): void {
    if (!Number.isNaN(this.#stopUs)) return;
    this.#stopUs = this.#clock.wallUs();
    for (const runner of this.#runners) runner.session.stop(this.#stopUs);
  }

  #onTick(): void {
    if (this.#isFinished) return;
    const nowUs = this.#clock.wallUs();
    const stallUs = nowUs - this.#lastTickUs - TICK_MS * 1000;
    this.#lastTickUs = nowUs;
    this.#counters.raise('loop_stall_us_max', stallUs);
    this.#drainBacklog();
    for (const runner of this.#runners) {
      this.#sink.attribute(runner);
      runner.onTick(nowUs, this.#backlogLength, this.#sink);
    }
    if (nowUs - this.#tickRecordUs >= TICK_RECORD_US) this.#emitTick(nowUs);
    this.#sink.publish();
    this.#counters.set('heartbeat_us', nowUs);
    this.#capture.count();
    if (!Number.isNaN(this.#stopUs)) this.#stopWhenSettled(nowUs);
  }

  #stopWhenSettled(nowUs: number): void {
    const waitedUs = nowUs - this.#stopUs;
    const isSettled =
      waitedUs >= LINGER_US &&
      this.#backlogLength === 0 &&
      this.#runners.every((runner) => runner.session.isSettled);
    if (!isSettled && waitedUs < this.#start.config.shutdownMs * 1000) return;
    this.#isFinished = true;
    this.#timer?.stop();
    for (const runner of this.#runners) runner.session.finish(nowUs);
    this.#emitTick(nowUs);
    this.#sink.publish();
    this.#capture.end().finally(() => this.#host.stopped());
  }

  #emitTick(nowUs: number): void {
    this.#tickRecordUs = nowUs;
    for (const { anyInstrument } of this.#runners) {
      const length = writeStatus(this.#sink.scratch, 0, {
        instrument: anyInstrument,
        kind: StatusKind.tick,
        channel: 0,
        recvUs: nowUs,
      });
      this.#sink.emit(RecordType.status, length);
    }
  }

  #createRunner(feed: FeedModule, config: FeedConfig): FeedRunner {
    const start = this.#start;
    const memory = start.shared.feeds.find((f) => f.feed === feed.id);
    assert(memory !== undefined, `Invariant: feed ${feed.id} has shared memory`);
    const sockets = new Map<number, ClientSocket>();
    let runner: FeedRunner | undefined;
    const actions: SessionActions = {
      open: (connection, url) => {
        this.#capture.opened(this.#clock.wallUs(), feed.id, connection, url);
        sockets.set(
          connection,
          this.#connect(() => runner, sockets, feed.id, connection, url),
        );
      },
      close: (connection, code, reason) => {
        this.#capture.closed(this.#clock.wallUs(), feed.id, connection, code, reason);
        sockets.get(connection)?.close(code, reason);
        sockets.delete(connection);
      },
      send: (connection, text) => {
        this.#capture.sent(this.#clock.wallUs(), feed.id, connection, text);
        sockets.get(connection)?.send(text);
      },
      fetch: (request) => this.#fetch(() => runner, feed.id, request),
      report: (level, message) => this.#host.log(level, message),
    };
    const { book, repair } = start.config;
    const session = new FeedSession({
      feed: withLife(feed, config.connectionLifeUs),
      urls: config.urls,
      instruments: start.config.instruments.filter((i) => i.feed === feed.id),
      channels: config.channels,
      staleAfterUs: config.staleAfterUs,
      book: { depth: book.depth, intervalUs: book.intervalMs * 1000, deltas: book.deltas },
      repair: { maxTrades: repair.maxTrades, graceUs: repair.graceMs * 1000 },
      resume: new Map(start.resume),
      isReplay: false,
      seed: start.start,
      sink: this.#sink,
      actions,
      counters: new Float64Array(memory.counters),
    });
    session.onMetadata = (list) => this.#host.metadata(list);
    runner = new FeedRunner(session, memory, this.#host);
    return runner;
  }

  #connect(
    runner: () => FeedRunner | undefined,
    sockets: Map<number, ClientSocket>,
    feed: string,
    connection: number,
    url: string,
  ): ClientSocket {
    let recvUs = 0;
    return connectSocket(url, {
      onOpen: () => {
        runner()?.onOpen(connection, url, this.#clock.wallUs());
        this.#publish();
      },
      // What came together was received together.
      onReceived: () => {
        recvUs = this.#clock.wallUs();
      },
      onTaken: () => this.#publish(),
      onMessage: (isText, bytes, from, to) => {
        this.#capture.message(recvUs, feed, connection, isText, bytes, from, to);
        const active = runner();
        if (active === undefined) return;
        if (this.#isClear(active)) active.onMessage(connection, bytes, from, to, recvUs);
        else this.#waitMessage(active, connection, Buffer.from(bytes.subarray(from, to)), recvUs);
      },
      onClose: (code, reason) => {
        const nowUs = this.#clock.wallUs();
        this.#capture.closed(nowUs, feed, connection, code, reason);
        sockets.delete(connection);
        // In order with the frames before it, which may still wait.
        const active = runner();
        if (active === undefined) return;
        const deliver = () => active.onClose(connection, url, code, reason, nowUs);
        if (this.#isClear(active)) deliver();
        else this.#wait(active, 0, deliver);
        this.#publish();
      },
    });
  }

  #fetch(runner: () => FeedRunner | undefined, feed: string, request: RestRequest): void {
    restFetch(request.url, request.body).then((answer) => {
      const nowUs = this.#clock.wallUs();
      this.#capture.rest(nowUs, feed, answer);
      const active = runner();
      if (active === undefined || this.#isFinished) return;
      if (this.#isClear(active)) active.onRest(answer, nowUs);
      else this.#wait(active, answer.body.length, () => active.onRest(answer, nowUs));
      this.#publish();
    });
  }

  /** True when what just came can be taken in at once. */
  #isClear(runner: FeedRunner): boolean {
    if (this.#isFinished || this.#backlog.length > 0 || !this.#sink.hasRoom()) return false;
    this.#sink.attribute(runner);
    return true;
  }

  #waitMessage(runner: FeedRunner, connection: number, bytes: Buffer, recvUs: number): void {
    const { length } = bytes;
    this.#wait(runner, length, () => runner.onMessage(connection, bytes, 0, length, recvUs));
  }

  /** Holds what came until there is room; beyond the limit it is dropped and counted. */
  #wait(runner: FeedRunner, length: number, deliver: () => void): void {
    if (this.#isFinished) return;
    const isFull = this.#backlogLength + length > this.#start.config.rings.backlogBytes;
    if (isFull && length > 0) {
      runner.onFrameDropped();
      return;
    }
    this.#backlogLength += length;
    this.#backlog.push({ length, runner, deliver });
  }

  #drainBacklog(): void {
    while (this.#backlogHead < this.#backlog.length && this.#sink.hasRoom()) {
      const waiting = this.#backlog[this.#backlogHead];
      this.#backlogHead += 1;
      if (waiting === undefined) break;
      this.#backlogLength -= waiting.length;
      this.#sink.attribute(waiting.runner);
      waiting.deliver();
    }
    if (this.#backlogHead === this.#backlog.length) {
      this.#backlog.length = 0;
      this.#backlogHead = 0;
    }
  }

  /** After each thing that came, however many frames it brought. */
  #publish(): void {
    this.#drainBacklog();
    this.#sink.publish();
    const nowUs = this.#clock.wallUs();
    for (const runner of this.#runners) runner.onPublished(nowUs);
  }
}

function withLife(feed: FeedModule, connectionLifeUs: number | undefined): FeedModule {
  if (connectionLifeUs === undefined) return feed;
  return { ...feed, limits: { ...feed.limits, connectionLifeUs } };
}
