/**
 * The embedded exchange: every feed's dialect over real WebSocket and REST on one loopback port,
 * `/<feed id>` in front of the venue's own paths. Run by `simulate`, by `collect --simulate` and by
 * tests, alone or in a thread (`exchange-thread.ts`).
 *
 * One tick every few ms makes what happened since the last, publishes it and sends it. Invariant:
 * trades depend on the options and the time only, never on clients, faults or earlier runs.
 */
import { type Clock, every, systemClock, type Timer } from '../base/clock.ts';
import { EngineError, errorText, UsageError } from '../base/errors.ts';
import type { SimDialect, SimRestAnswer } from '../venues/sim-contract.ts';
import type { Socket, SocketData } from './connection.ts';
import { discoverDialects } from './discover-dialects.ts';
import { checkInstruments, createFeedServer } from './exchange-market.ts';
import {
  type Exchange,
  type ExchangeOptions,
  type ExchangeStats,
  type ExchangeWitness,
  exchangeUrls,
} from './exchange-options.ts';
import { createFaultCounts, type FaultSpec, NO_FAULTS, parseFaults } from './fault-plan.ts';
import type { FeedServer } from './feed-server.ts';
import { TruthLog } from './truth-log.ts';

const HOST = '127.0.0.1';
const TICK_MS = 5;
const RATE_MAX = 1_000_000;
/** A client this far behind is cut off, as venues do; its frames are never dropped silently. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
const FRAME_BYTES_MAX = 1024 * 1024;

/** Rejects with `UsageError` for wrong options, with `EngineError` when the port is taken. */
export async function startExchange(
  options: ExchangeOptions,
  clock: Clock = systemClock,
  witness?: ExchangeWitness,
): Promise<Exchange> {
  checkNumbers(options);
  const faults = options.faults === undefined ? NO_FAULTS : parseFaults(options.faults);
  const dialects = await discoverDialects(options.feeds);
  checkInstruments(dialects, options.instruments ?? []);
  return new RunningExchange(options, dialects, faults, clock, witness);
}

class RunningExchange implements Exchange {
  readonly port: number;
  readonly feeds: readonly string[];
  readonly #options: ExchangeOptions;
  readonly #clock: Clock;
  readonly #servers: readonly FeedServer[];
  readonly #dialects: readonly SimDialect[];
  readonly #faultCounts = createFaultCounts();
  readonly #truth: TruthLog | undefined;
  readonly #web: Bun.Server<SocketData>;
  readonly #timer: Timer;
  #isStopped = false;

  constructor(
    options: ExchangeOptions,
    dialects: readonly SimDialect[],
    faults: FaultSpec,
    clock: Clock,
    witness: ExchangeWitness | undefined,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#dialects = dialects;
    this.feeds = dialects.map((each) => each.feed);
    const faultCounts = this.#faultCounts;
    const context = { options, dialects, faults, faultCounts, clock, witness };
    this.#servers = dialects.map((dialect) =>
      createFeedServer(context, dialect, () => this.#shareRate()),
    );
    this.#truth = options.truthFile === undefined ? undefined : new TruthLog(options.truthFile);
    for (const [i, server] of this.#servers.entries()) {
      for (const each of server.instruments) this.#truth?.check(each, dialects[i] as SimDialect);
      for (const each of server.instruments) if (each.isActive) each.activate();
    }
    this.#web = this.#serve(options.port ?? 0);
    this.port = this.#web.port ?? 0;
    this.#timer = every(TICK_MS, () => this.#tick());
  }

  urls(feed: string): { ws: string; rest: string } {
    if (!this.feeds.includes(feed)) throw new UsageError(`the exchange has no feed "${feed}"`);
    return exchangeUrls(this.port, feed);
  }

  stats(): Promise<ExchangeStats> {
    const sum = (of: (server: FeedServer) => number) =>
      this.#servers.reduce((total, server) => total + of(server), 0);
    return Promise.resolve({
      framesSent: sum((server) => server.framesSent),
      connections: sum((server) => server.connectionCount),
      restRequests: sum((server) => server.restRequests),
      restRefusals: sum((server) => server.restRefusals),
      truthRows: this.#truth?.rows ?? 0,
      faults: { ...this.#faultCounts },
    });
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer.stop();
    // What was shown until now is complete in the file before anything else can go wrong.
    while (!this.#writeTruth());
    for (const server of this.#servers) server.stop();
    this.#truth?.close();
    await this.#web.stop(true);
  }

  #tick(): void {
    const nowUs = this.#clock.wallUs();
    for (const server of this.#servers) {
      for (const each of server.instruments) if (each.isActive) each.advance(nowUs);
      server.tick(nowUs);
    }
    this.#writeTruth();
    this.#truth?.tick(nowUs);
  }

  /** False when a long pause is still being filled in. */
  #writeTruth(): boolean {
    const truth = this.#truth;
    if (truth === undefined) return true;
    let isComplete = true;
    for (const [i, server] of this.#servers.entries()) {
      const dialect = this.#dialects[i] as SimDialect;
      for (const each of server.instruments) {
        if (Number.isNaN(each.shownFrom)) continue;
        // Trades nobody hears become truth once REST tells them, or when someone listens again.
        const number = Math.max(each.shownNumber, each.servedNumber);
        truth.advance(each, dialect, number);
        isComplete &&= truth.isAt(each, number);
      }
    }
    return isComplete;
  }

  /**
   * Clients that take fewer instruments than the rate was shared over get the rest as quotes. Only
   * when nobody said which instruments: then a missing one is missing for a moment, not for good.
   */
  #shareRate(): void {
    if (this.#options.instruments !== undefined) return;
    const active = this.#servers.flatMap((server) =>
      server.instruments.filter((each) => each.isActive),
    );
    const made = active.reduce((sum, each) => sum + each.framesPerSecond, 0);
    const quoting = active.filter((each) => each.hasQuotes);
    const missing = Math.max(0, this.#options.rate - made);
    for (const each of active) {
      each.extraQuotesPerSecond = each.hasQuotes ? missing / quoting.length : 0;
    }
  }

  #serve(port: number): Bun.Server<SocketData> {
    const nowUs = () => this.#clock.wallUs();
    try {
      return Bun.serve<SocketData>({
        hostname: HOST,
        port,
        fetch: (request, server) => this.#onRequest(request, server),
        websocket: {
          perMessageDeflate: false,
          backpressureLimit: BACKLOG_BYTES,
          closeOnBackpressureLimit: true,
          maxPayloadLength: FRAME_BYTES_MAX,
          // Pings and silence are the dialects' business.
          sendPings: false,
          idleTimeout: 0,
          open: (socket: Socket) => socket.data.feed.open(socket),
          message: (socket: Socket, frame) => socket.data.feed.receive(socket, frame),
          ping: (socket: Socket) => socket.data.connection?.onPing(nowUs()),
          pong: (socket: Socket) => socket.data.connection?.onPong(nowUs()),
          close: (socket: Socket) => socket.data.feed.close(socket),
        },
      });
    } catch (error) {
      this.#truth?.close();
      throw new EngineError(`exchange: port ${port} is not to be had: ${errorText(error)}`, {
        code: 'exchange_port',
        retry: 'fatal',
        cause: error,
      });
    }
  }

  async #onRequest(request: Request, web: Bun.Server<SocketData>): Promise<Response | undefined> {
    const url = new URL(request.url);
    const split = url.pathname.indexOf('/', 1);
    const feed = url.pathname.slice(1, split < 0 ? undefined : split);
    const server = this.#servers.find((each) => each.id === feed);
    if (server === undefined) {
      return new Response(`no such feed; there are ${this.feeds.join(', ')}\n`, { status: 404 });
    }
    const path = split < 0 ? '/' : url.pathname.slice(split);
    if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      if (!server.dialect.hasSocketAt(path)) return new Response('', { status: 404 });
      const data = { feed: server, path, query: url.searchParams, connection: undefined };
      return web.upgrade(request, { data }) ? undefined : new Response('', { status: 400 });
    }
    const body = request.method === 'GET' ? '' : await request.text();
    const { method } = request;
    return toResponse(server.rest({ method, path, query: url.searchParams, body }));
  }
}

function toResponse(answer: SimRestAnswer): Response {
  const headers = { 'content-type': 'application/json;charset=UTF-8', ...answer.headers };
  return new Response(answer.body, { status: answer.status, headers });
}

function checkNumbers(options: ExchangeOptions): void {
  const { seed, rate, port = 0 } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError(`exchange: seed ${seed} is no whole number from 0`);
  }
  if (!(rate > 0 && rate <= RATE_MAX)) {
    throw new UsageError(`exchange: rate ${rate} is not in 0 < rate <= ${RATE_MAX} frames/s`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`exchange: port ${port} is not in 0..65535`);
  }
}
