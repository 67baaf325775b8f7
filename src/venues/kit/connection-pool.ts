/**
 * The feed's connections: which streams live on which socket, when to (re)connect, what to send and
 * how fast. Pure: time is passed, deeds leave through `ConnectionHost`.
 *
 * A slot is a fixed set of streams; it has at most one current socket and, during a rollover, its
 * successor. Both deliver for a while and records are deduplicated behind, so a planned replacement
 * loses nothing (docs: Binance closes every connection after 24 h).
 */
import { at } from '../../base/assert.ts';
import type { Prng } from '../../base/prng.ts';
import type { FeedLimits, FeedProtocol, Stream, SubscribeFrame } from '../contract.ts';
import { backoffUs } from './backoff.ts';

export interface ConnectionHost {
  open(connection: number, url: string): void;
  close(connection: number, code: number, reason: string): void;
  send(connection: number, text: string): void;
  /** The venue acknowledged these: data flows from now on. */
  streamsLive(streams: readonly Stream[], nowUs: number): void;
  streamsDown(streams: readonly Stream[], nowUs: number, cause: string): void;
  streamsRefused(streams: readonly Stream[], nowUs: number, error: string): void;
}

interface Awaiting {
  readonly frame: SubscribeFrame;
  readonly subscribes: boolean;
  readonly sentUs: number;
  /** Names of its streams that were not answered yet. */
  readonly left: Set<string>;
}

interface Socket {
  readonly id: number;
  readonly slot: Slot;
  isOpen: boolean;
  openedUs: number;
  expiresUs: number;
  lastFrameUs: number;
  lastSentUs: number;
  /** Frames allowed now; refilled by time. */
  tokens: number;
  tokensUs: number;
  /** When the requests of the last hour were sent; kept where the venue counts them. */
  readonly requestTimesUs: number[];
  readonly queue: { frame: SubscribeFrame; subscribes: boolean }[];
  readonly awaiting: Map<number, Awaiting>;
  readonly acked: Set<string>;
}

interface Slot {
  readonly route: string;
  readonly streams: readonly Stream[];
  current: Socket | undefined;
  successor: Socket | undefined;
  attempts: number;
  retryAtUs: number;
}

const RECONNECT = { firstUs: 500_000, capUs: 30_000_000 };
const CONNECT_TIMEOUT_US = 15_000_000;
const ACK_TIMEOUT_US = 10_000_000;
/**
 * A connection that carried nothing for this long is dead, whatever TCP says: a quiet stream is
 * subscribed again before that, and the acknowledgement is a frame.
 */
const SILENCE_US = 150_000_000;
/** Two answers missed, and some time for the second. */
const HEARTBEATS_MISSED = 2.5;
/** A connection this old was healthy: the next failure starts the backoff anew. */
const HEALTHY_US = 10_000_000;
const OVERLAP_US = 1_000_000;
const FIVE_MINUTES_US = 300_000_000;
const SECOND_US = 1_000_000;
const HOUR_US = 3_600_000_000;

export class ConnectionPool {
  readonly #slots: Slot[] = [];
  readonly #sockets = new Map<number, Socket>();
  readonly #protocol: FeedProtocol;
  readonly #limits: FeedLimits;
  readonly #host: ConnectionHost;
  readonly #prng: Prng;
  readonly #connectTimesUs: number[] = [];
  readonly #silenceUs: number;
  #lastHeard: Socket | undefined;
  #nextConnection = 0;
  #nextRequest = 1;
  #stopping = false;

  constructor(protocol: FeedProtocol, limits: FeedLimits, prng: Prng, host: ConnectionHost) {
    this.#protocol = protocol;
    this.#limits = limits;
    this.#prng = prng;
    this.#host = host;
    // Where we ask for signs of life, a venue that gives none twice in a row is gone.
    this.#silenceUs = Math.min(SILENCE_US, HEARTBEATS_MISSED * limits.heartbeatUs);
    const byRoute = new Map<string, Stream[]>();
    for (const stream of protocol.streams()) {
      const list = byRoute.get(stream.route) ?? [];
      list.push(stream);
      byRoute.set(stream.route, list);
    }
    for (const [route, streams] of byRoute) {
      for (let i = 0; i < streams.length; i += limits.streamsPerConnection) {
        this.#slots.push({
          route,
          streams: streams.slice(i, i + limits.streamsPerConnection),
          current: undefined,
          successor: undefined,
          attempts: 0,
          retryAtUs: 0,
        });
      }
    }
  }

  get openCount(): number {
    let n = 0;
    for (const socket of this.#sockets.values()) if (socket.isOpen) n += 1;
    return n;
  }

  onOpen(connection: number, nowUs: number): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    socket.isOpen = true;
    socket.openedUs = nowUs;
    socket.lastFrameUs = nowUs;
    socket.lastSentUs = nowUs;
    // Spread over the last tenth of the life, so that sockets opened together do not end together.
    const lifeUs = this.#limits.connectionLifeUs * (0.9 + this.#prng.next() * 0.08);
    socket.expiresUs = nowUs + lifeUs;
    socket.tokens = this.#limits.framesPerSecond;
    socket.tokensUs = nowUs;
    this.#enqueue(socket, socket.slot.streams, true);
    this.#drainQueue(socket, nowUs);
  }

  onFrame(connection: number, nowUs: number): void {
    // Most frames come on the connection of the one before.
    let socket = this.#lastHeard;
    if (socket?.id !== connection) {
      socket = this.#sockets.get(connection);
      this.#lastHeard = socket;
    }
    if (socket !== undefined) socket.lastFrameUs = nowUs;
  }

  onAck(connection: number, requestId: number, error: string | undefined, nowUs: number): void {
    const socket = this.#sockets.get(connection);
    const awaiting = socket?.awaiting.get(requestId);
    if (socket === undefined || awaiting === undefined) return;
    socket.awaiting.delete(requestId);
    if (!awaiting.subscribes) return;
    const { streams } = awaiting.frame;
    if (error !== undefined) {
      // Nobody says which of several was wrong: each is asked for alone, and then it shows.
      if (streams.length > 1) for (const each of streams) this.#enqueue(socket, [each], true);
      else this.#host.streamsRefused(streams, nowUs, error);
      return;
    }
    for (const stream of streams) socket.acked.add(stream.name);
    this.#host.streamsLive(streams, nowUs);
  }

  /** For venues that name neither request nor stream: they answer in order. */
  onAckInOrder(connection: number, answer: string, error: string | undefined, nowUs: number): void {
    for (const [requestId, { frame }] of this.#sockets.get(connection)?.awaiting ?? []) {
      if (frame.answeredTo?.includes(answer) !== true) continue;
      this.onAck(connection, requestId, error, nowUs);
      return;
    }
  }

  /** For venues that name the stream in their answer and no request id. */
  onStreamAck(connection: number, name: string, error: string | undefined, nowUs: number): void {
    const socket = this.#sockets.get(connection);
    const stream = socket?.slot.streams.find((each) => each.name === name);
    if (socket === undefined || stream === undefined) return;
    for (const [requestId, { subscribes, left }] of socket.awaiting) {
      if (subscribes && left.delete(name) && left.size === 0) socket.awaiting.delete(requestId);
    }
    if (error !== undefined) {
      this.#host.streamsRefused([stream], nowUs, error);
      return;
    }
    socket.acked.add(name);
    this.#host.streamsLive([stream], nowUs);
  }

  onClose(connection: number, code: number, reason: string, nowUs: number): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    this.#sockets.delete(connection);
    const { slot } = socket;
    if (slot.successor === socket) {
      slot.successor = undefined;
      return;
    }
    if (slot.current !== socket) return;
    const wasHealthy = socket.isOpen && nowUs - socket.openedUs >= HEALTHY_US;
    slot.attempts = wasHealthy ? 0 : slot.attempts + 1;
    slot.current = slot.successor;
    slot.successor = undefined;
    slot.retryAtUs = nowUs + backoffUs(RECONNECT, Math.max(0, slot.attempts - 1), this.#prng);
    if (socket.acked.size === 0) return;
    const taken = slot.current?.acked;
    const lost = slot.streams.filter(
      (s) => socket.acked.has(s.name) && taken?.has(s.name) !== true,
    );
    const cause = reason === '' ? `close ${code}` : `close ${code} ${reason}`;
    if (lost.length > 0) this.#host.streamsDown(lost, nowUs, cause);
  }

  /** The venue will close this connection: its successor is due now. */
  onShutdownNotice(connection: number, nowUs: number): void {
    const socket = this.#sockets.get(connection);
    if (socket !== undefined) socket.expiresUs = nowUs;
  }

  onTick(nowUs: number): void {
    if (!this.#stopping) {
      for (const slot of this.#slots) this.#tickSlot(slot, nowUs);
    }
    for (const socket of [...this.#sockets.values()]) this.#tickSocket(socket, nowUs);
  }

  /** Subscribes one stream again on its connection, without touching the others. */
  resubscribe(stream: Stream): void {
    for (const slot of this.#slots) {
      const socket = slot.current;
      if (socket?.isOpen !== true || !slot.streams.includes(stream)) continue;
      this.#enqueue(socket, [stream], false);
      this.#enqueue(socket, [stream], true);
    }
  }

  /** Unsubscribes everything; no connection is opened from here on. */
  stop(nowUs: number): void {
    this.#stopping = true;
    for (const socket of this.#sockets.values()) {
      if (!socket.isOpen) {
        this.#drop(socket, nowUs, 'stopping');
        continue;
      }
      socket.queue.length = 0;
      this.#enqueue(socket, socket.slot.streams, false);
      this.#drainQueue(socket, nowUs);
    }
  }

  closeAll(reason: string): void {
    for (const socket of this.#sockets.values()) this.#host.close(socket.id, 1000, reason);
    this.#sockets.clear();
    for (const slot of this.#slots) slot.current = undefined;
  }

  #tickSlot(slot: Slot, nowUs: number): void {
    const { current, successor } = slot;
    if (current === undefined) {
      if (nowUs >= slot.retryAtUs) slot.current = this.#connect(slot, nowUs);
      return;
    }
    if (successor === undefined) {
      if (current.isOpen && nowUs >= current.expiresUs) {
        slot.successor = this.#connect(slot, nowUs);
        // Should the successor fail, the next attempt is not at once.
        current.expiresUs = nowUs + RECONNECT.capUs;
      }
      return;
    }
    const isComplete = slot.streams.every((s) => successor.acked.has(s.name));
    if (isComplete && nowUs - successor.openedUs >= OVERLAP_US) {
      slot.current = successor;
      slot.successor = undefined;
      this.#sockets.delete(current.id);
      this.#host.close(current.id, 1000, 'rollover');
    }
  }

  #tickSocket(socket: Socket, nowUs: number): void {
    if (!socket.isOpen) {
      if (nowUs - socket.openedUs > CONNECT_TIMEOUT_US)
        this.#drop(socket, nowUs, 'connect timeout');
      return;
    }
    if (nowUs - socket.lastFrameUs > this.#silenceUs) {
      this.#drop(socket, nowUs, 'silent connection');
      return;
    }
    for (const [requestId, awaiting] of socket.awaiting) {
      if (nowUs - awaiting.sentUs < ACK_TIMEOUT_US) continue;
      socket.awaiting.delete(requestId);
      if (!awaiting.subscribes || this.#stopping) continue;
      const unanswered = awaiting.frame.streams.filter(({ name }) => awaiting.left.has(name));
      this.#enqueue(socket, unanswered, true);
    }
    this.#drainQueue(socket, nowUs);
    if (nowUs - socket.lastSentUs >= this.#limits.heartbeatUs) {
      const text = this.#protocol.heartbeat();
      if (text !== undefined && this.#takeToken(socket, nowUs)) {
        socket.lastSentUs = nowUs;
        this.#host.send(socket.id, text);
      }
    }
  }

  /** Opens a socket for `slot`, or returns undefined when the venue's connect budget is used up. */
  #connect(slot: Slot, nowUs: number): Socket | undefined {
    const times = this.#connectTimesUs;
    while (times.length > 0 && nowUs - at(times, 0) > FIVE_MINUTES_US) times.shift();
    const { connectsPer5Minutes, connectsPerSecond = Number.POSITIVE_INFINITY } = this.#limits;
    if (times.length >= connectsPer5Minutes) return undefined;
    const ofThisSecond = times.filter((timeUs) => nowUs - timeUs < SECOND_US);
    if (ofThisSecond.length >= connectsPerSecond) return undefined;
    times.push(nowUs);
    const socket: Socket = {
      id: this.#nextConnection,
      slot,
      isOpen: false,
      openedUs: nowUs,
      expiresUs: Number.POSITIVE_INFINITY,
      lastFrameUs: nowUs,
      lastSentUs: nowUs,
      tokens: 0,
      tokensUs: nowUs,
      requestTimesUs: [],
      queue: [],
      awaiting: new Map(),
      acked: new Set(),
    };
    this.#nextConnection += 1;
    this.#sockets.set(socket.id, socket);
    this.#host.open(socket.id, this.#protocol.connectUrl(slot.route));
    return socket;
  }

  #enqueue(socket: Socket, streams: readonly Stream[], subscribes: boolean): void {
    const nextId = () => this.#nextRequest++;
    const frames = subscribes
      ? this.#protocol.subscribe(streams, nextId)
      : this.#protocol.unsubscribe(streams, nextId);
    for (const frame of frames) socket.queue.push({ frame, subscribes });
  }

  #drainQueue(socket: Socket, nowUs: number): void {
    while (socket.queue.length > 0 && this.#mayRequest(socket, nowUs)) {
      if (!this.#takeToken(socket, nowUs)) return;
      const { frame, subscribes } = at(socket.queue, 0);
      socket.queue.shift();
      const left = new Set(frame.streams.map(({ name }) => name));
      socket.awaiting.set(frame.requestId, { frame, subscribes, sentUs: nowUs, left });
      socket.requestTimesUs.push(nowUs);
      socket.lastSentUs = nowUs;
      this.#host.send(socket.id, frame.text);
    }
  }

  /** Whether the venue's hourly budget of one connection has room for a request. */
  #mayRequest(socket: Socket, nowUs: number): boolean {
    const times = socket.requestTimesUs;
    while (times.length > 0 && nowUs - at(times, 0) > HOUR_US) times.shift();
    return times.length < (this.#limits.requestsPerHour ?? Number.POSITIVE_INFINITY);
  }

  #takeToken(socket: Socket, nowUs: number): boolean {
    const perSecond = this.#limits.framesPerSecond;
    const gained = ((nowUs - socket.tokensUs) / 1_000_000) * perSecond;
    socket.tokens = Math.min(perSecond, socket.tokens + gained);
    socket.tokensUs = nowUs;
    if (socket.tokens < 1) return false;
    socket.tokens -= 1;
    return true;
  }

  #drop(socket: Socket, nowUs: number, reason: string): void {
    this.#host.close(socket.id, 1000, reason);
    this.onClose(socket.id, 1006, reason, nowUs);
  }
}
