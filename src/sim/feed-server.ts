/**
 * One feed of the embedded exchange: a dialect at work on its instruments, the connections to it,
 * the streams they take, and its REST budget. The `Exchange` owns the port and drives `tick`.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { mix32 } from '../base/prng.ts';
import type {
  SimDialect,
  SimFeed,
  SimFrame,
  SimHost,
  SimLimits,
  SimRestAnswer,
  SimRestRequest,
  SimStream,
} from '../venues/sim-contract.ts';
import { Connection, type Socket } from './connection.ts';
import { type FaultCounts, FaultPlan, type FaultSpec } from './fault-plan.ts';
import type { LiveInstrument } from './live-instrument.ts';
import { RestBudget } from './rest-budget.ts';
import { StreamHub, type StreamOf } from './stream-hub.ts';

export interface FeedServerOptions {
  readonly dialect: SimDialect;
  readonly limits: SimLimits;
  readonly instruments: readonly LiveInstrument[];
  readonly restWeightPerMinute: number;
  readonly faults: FaultSpec;
  readonly faultCounts: FaultCounts;
  readonly seed: number;
  readonly clock: Clock;
  /** Streams came or went. */
  readonly onStreams: () => void;
}

export class FeedServer implements SimHost {
  readonly id: string;
  readonly dialect: SimFeed;
  readonly limits: SimLimits;
  readonly instruments: readonly LiveInstrument[];
  readonly restWeightPerMinute: number;
  /** Decides REST faults; connections have plans of their own. */
  readonly plan: FaultPlan;
  readonly #options: FeedServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #hubs = new Map<string, StreamHub>();
  readonly #timers: { hub: StreamHub<StreamOf<'timer'>>; nextUs: number }[] = [];
  readonly #budget: RestBudget;
  #connectionCount = 0;
  framesSent = 0;
  restRequests = 0;
  restRefusals = 0;

  constructor(options: FeedServerOptions) {
    this.#options = options;
    this.id = options.dialect.feed;
    this.limits = options.limits;
    this.instruments = options.instruments;
    this.restWeightPerMinute = options.restWeightPerMinute;
    this.#budget = new RestBudget(options.restWeightPerMinute);
    this.plan = new FaultPlan(
      options.faults,
      options.faultCounts,
      mix32(options.seed ^ 0x27d4eb2f),
    );
    this.dialect = options.dialect.create(this);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  nowUs(): number {
    return this.#options.clock.wallUs();
  }

  open(socket: Socket): void {
    const { faults, faultCounts, seed } = this.#options;
    this.#connectionCount += 1;
    const plan = new FaultPlan(faults, faultCounts, mix32(seed + this.#connectionCount));
    const connection = new Connection(socket, this, plan, this.nowUs());
    socket.data.connection = connection;
    this.#connections.add(connection);
  }

  close(socket: Socket): void {
    const { connection } = socket.data;
    if (connection === undefined) return;
    connection.leave();
    this.#connections.delete(connection);
  }

  receive(socket: Socket, frame: SimFrame): void {
    socket.data.connection?.onMessage(frame, this.nowUs());
  }

  join(stream: SimStream, connection: Connection): StreamHub {
    let hub = this.#hubs.get(stream.key);
    if (hub === undefined) {
      hub = this.#createHub(stream);
      this.#hubs.set(stream.key, hub);
      this.#options.onStreams();
    }
    this.#greet(hub, connection);
    hub.connections.push(connection);
    return hub;
  }

  leave(hub: StreamHub, connection: Connection): void {
    const index = hub.connections.indexOf(connection);
    assert(index >= 0, 'Invariant: a connection leaves a stream it takes');
    hub.connections.splice(index, 1);
    if (hub.connections.length > 0) return;
    this.#hubs.delete(hub.stream.key);
    this.#live(hub.stream)?.detach(hub);
    const timer = this.#timers.findIndex((each) => each.hub === hub);
    if (timer >= 0) this.#timers.splice(timer, 1);
    this.#options.onStreams();
  }

  /** Publishes by the clock and sends what was published. Instruments were advanced before. */
  tick(nowUs: number): void {
    for (const timer of this.#timers) {
      if (nowUs < timer.nextUs) continue;
      timer.nextUs = nowUs + timer.hub.stream.intervalUs;
      timer.hub.publish(timer.hub.stream.encode(nowUs), nowUs);
    }
    for (const connection of this.#connections) {
      connection.tick(nowUs);
      this.framesSent += connection.flush();
    }
  }

  rest(request: SimRestRequest): SimRestAnswer {
    this.restRequests += 1;
    if (this.plan.strikes('rest429')) return this.dialect.restRefusal(1);
    const waitSeconds = this.#budget.charge(this.dialect.restWeight(request), this.nowUs());
    if (waitSeconds > 0) {
      this.restRefusals += 1;
      return this.dialect.restRefusal(waitSeconds);
    }
    return this.dialect.rest(request, this.#budget.used);
  }

  stop(): void {
    for (const connection of this.#connections) connection.goAway();
  }

  /** A stream that begins with the book: brings it to the new subscriber. */
  #greet(hub: StreamHub, connection: Connection): void {
    const { stream } = hub;
    if (stream.kind !== 'depth' || stream.snapshot === undefined) return;
    const nowUs = this.nowUs();
    const book = this.#live(stream)?.settleDepth(hub, nowUs);
    if (book !== undefined) connection.pushAll(stream.snapshot(book, nowUs), stream.key, nowUs);
  }

  #createHub(stream: SimStream): StreamHub {
    const live = this.#live(stream);
    const hub = live === undefined ? new StreamHub(stream) : live.attach(stream);
    if (stream.kind === 'timer') {
      const nextUs = this.nowUs() + stream.intervalUs;
      this.#timers.push({ hub: hub as StreamHub<StreamOf<'timer'>>, nextUs });
    }
    return hub;
  }

  #live(stream: SimStream): LiveInstrument | undefined {
    if (stream.instrument === undefined) return undefined;
    return this.instruments[stream.instrument.index];
  }
}
