/**
 * One client's WebSocket at the embedded exchange: its subscriptions, what is waiting to be sent,
 * and what the venue holds clients to (frames a second, pongs, age). Created and driven by the
 * `FeedServer`; a dialect sees it as `SimConnection`.
 *
 * Data frames collect in an outbox and go out together at the end of a tick; answers go at once.
 */
import type { ServerWebSocket } from 'bun';
import { assert } from '../base/assert.ts';
import { US_PER_SECOND } from '../base/clock.ts';
import type {
  SimClient,
  SimConnection,
  SimFrame,
  SimFrames,
  SimStream,
} from '../venues/sim-contract.ts';
import { FaultGate } from './fault-gate.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { FeedServer } from './feed-server.ts';
import type { StreamHub } from './stream-hub.ts';

/** What a socket carries from its HTTP upgrade on. */
export interface SocketData {
  readonly feed: FeedServer;
  readonly path: string;
  readonly query: URLSearchParams;
  connection: Connection | undefined;
}

export type Socket = ServerWebSocket<SocketData>;

/** The venue is done with this client (policy), or goes away (age, shutdown). */
const POLICY_CODE = 1008;
const GOING_CODE = 1001;
/** A farewell comes this long before the end, or a fifth of a short life. */
const FAREWELL_US = 30 * US_PER_SECOND;

export class Connection implements SimConnection {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hubs = new Map<string, StreamHub>();
  readonly #socket: Socket;
  readonly #feed: FeedServer;
  readonly #plan: FaultPlan;
  readonly #gate: FaultGate;
  readonly #outbox: SimFrame[] = [];
  readonly #client: SimClient;
  readonly #openedUs: number;
  /** Times of the last frames from the client, as many as a second allows. */
  readonly #received: Float64Array;
  #receivedCount = 0;
  #nextPingUs: number;
  #pingedUs = Number.NaN;
  #nextDisconnectUs: number;
  #farewellUs: number;
  #isOpen = true;

  constructor(socket: Socket, feed: FeedServer, plan: FaultPlan, nowUs: number) {
    this.#socket = socket;
    this.#feed = feed;
    this.#plan = plan;
    this.path = socket.data.path;
    this.query = socket.data.query;
    this.#gate = new FaultGate(plan, this.#outbox, nowUs);
    this.#openedUs = nowUs;
    const { limits } = feed;
    this.#received = new Float64Array(limits.framesPerSecond).fill(Number.NEGATIVE_INFINITY);
    this.#nextPingUs = nowUs + limits.pingEveryUs;
    const life = limits.connectionLifeUs;
    this.#farewellUs = nowUs + life - Math.min(FAREWELL_US, life / 5);
    this.#nextDisconnectUs = plan.nextUs('disconnect', nowUs);
    this.#client = feed.dialect.connect(this);
  }

  reply(frame: SimFrame): void {
    if (!this.#isOpen || this.#plan.strikes('ack')) return;
    this.#socket.send(frame);
  }

  data(frame: SimFrame): void {
    if (this.#isOpen) this.#gate.push(frame, '', this.#feed.nowUs());
  }

  /** What one event became on a stream. */
  pushAll(frames: SimFrames, streamKey: string, nowUs: number): void {
    if (frames === undefined) return;
    if (typeof frames === 'string' || frames instanceof Uint8Array) {
      this.push(frames, streamKey, nowUs);
    } else {
      for (const frame of frames) this.push(frame, streamKey, nowUs);
    }
  }

  /** Like `data`, for a frame of a stream. */
  push(frame: SimFrame, streamKey: string, nowUs: number): void {
    this.#gate.push(frame, streamKey, nowUs);
  }

  subscribe(stream: SimStream): boolean {
    if (!this.#isOpen) return false;
    this.#gate.cure(stream.key);
    if (this.hubs.has(stream.key)) return true;
    if (this.hubs.size >= this.#feed.limits.streamsPerConnection) return false;
    this.hubs.set(stream.key, this.#feed.join(stream, this));
    return true;
  }

  unsubscribe(key: string): boolean {
    const hub = this.hubs.get(key);
    if (hub === undefined) return false;
    this.hubs.delete(key);
    this.#feed.leave(hub, this);
    return true;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.leave();
    this.#socket.close(code, reason);
  }

  goAway(): void {
    this.close(GOING_CODE, 'going away');
  }

  /** The socket is gone: forgets all subscriptions. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#outbox.length = 0;
    for (const hub of this.hubs.values()) this.#feed.leave(hub, this);
    this.hubs.clear();
  }

  onMessage(frame: SimFrame, nowUs: number): void {
    if (!this.#isOpen || this.#isOverLimit(nowUs)) return;
    this.#client.receive(frame);
  }

  onPong(nowUs: number): void {
    this.#pingedUs = Number.NaN;
    this.#isOverLimit(nowUs);
  }

  onPing(nowUs: number): void {
    this.#isOverLimit(nowUs);
  }

  tick(nowUs: number): void {
    if (!this.#isOpen) return;
    this.#gate.tick(nowUs, () => [...this.hubs.keys()]);
    const { limits } = this.#feed;
    if (nowUs >= this.#nextPingUs) {
      this.#nextPingUs = nowUs + limits.pingEveryUs;
      if (Number.isNaN(this.#pingedUs)) this.#pingedUs = nowUs;
      this.#socket.ping(String(Math.floor(nowUs / 1000)));
    }
    if (nowUs >= this.#farewellUs) {
      this.#farewellUs = Number.POSITIVE_INFINITY;
      const farewell = this.#client.farewell?.(nowUs);
      if (farewell !== undefined) this.#socket.send(farewell);
    }
    if (nowUs - this.#pingedUs > limits.pongWithinUs) this.close(POLICY_CODE, 'no pong');
    else if (nowUs - this.#openedUs > limits.connectionLifeUs) this.goAway();
    else if (nowUs >= this.#nextDisconnectUs) this.#disconnect();
  }

  /** Sends what the tick collected; the number of frames. */
  flush(): number {
    const frames = this.#outbox;
    if (frames.length === 0) return 0;
    assert(this.#isOpen, 'Invariant: nothing is sent to a connection that left');
    let sent = 0;
    this.#socket.cork(() => {
      // 0 bytes of a frame that has some: the client is further behind than the backlog holds. It
      // is cut off, never skipped over.
      for (const frame of frames) {
        if (this.#socket.send(frame) === 0 && frame.length > 0) return;
        sent += 1;
      }
    });
    const isCutOff = sent < frames.length;
    frames.length = 0;
    if (isCutOff) {
      this.leave();
      this.#socket.terminate();
    }
    return sent;
  }

  #isOverLimit(nowUs: number): boolean {
    const slot = this.#receivedCount % this.#received.length;
    this.#receivedCount += 1;
    const earliestUs = this.#received[slot] as number;
    this.#received[slot] = nowUs;
    if (nowUs - earliestUs >= US_PER_SECOND) return false;
    this.close(POLICY_CODE, 'Too many requests');
    return true;
  }

  #disconnect(): void {
    this.#plan.counts.disconnect += 1;
    if (this.#plan.prng.chance(0.5)) {
      this.goAway();
      return;
    }
    this.leave();
    this.#socket.terminate();
  }
}
