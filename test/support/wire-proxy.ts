/**
 * Stands on the wire between a recorder and the embedded exchange: passes WebSocket and REST on,
 * edits what the venue sends, cuts connections, and notes what was said and how it ended.
 */

export type Frame = string | Uint8Array;

interface Link {
  readonly url: string;
  upstream: WebSocket | undefined;
  readonly early: Frame[];
  readonly sent: { readonly text: string; readonly atMs: number }[];
}

type ProxySocket = Bun.ServerWebSocket<Link>;

/** The venue's word for a client that broke a rule. */
const POLICY_CODE = 1008;

export class WireProxy {
  /** What becomes of a frame of the venue: dropped, passed, joined by others. */
  edit: (frame: Frame) => readonly Frame[] = (frame) => [frame];
  /** Connections made so far, and most at one time. */
  opened = 0;
  openMax = 0;
  /** Closes by the exchange for breaking its rules. */
  readonly policyCloses: string[] = [];
  /** Answers that refused a request for want of budget. */
  rest429 = 0;
  readonly restUrls: string[] = [];
  readonly links: Link[] = [];
  readonly #open = new Set<ProxySocket>();
  readonly #server: Bun.Server<Link>;
  readonly #target: string;

  constructor(targetPort: number) {
    this.#target = `127.0.0.1:${targetPort}`;
    this.#server = Bun.serve<Link>({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request, server) => this.#onRequest(request, server),
      websocket: {
        idleTimeout: 0,
        sendPings: false,
        open: (socket) => this.#onOpen(socket),
        message: (socket, frame) => this.#onClientFrame(socket, frame),
        close: (socket) => this.#onClientClose(socket),
      },
    });
  }

  /** The same paths as at the exchange. */
  urls(feed: string): { ws: string; rest: string } {
    const path = `127.0.0.1:${this.#server.port}/${feed}`;
    return { ws: `ws://${path}`, rest: `http://${path}` };
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Ends every connection as a broken line does, on both sides. */
  cut(): void {
    for (const socket of [...this.#open]) {
      this.#open.delete(socket);
      socket.data.upstream?.terminate();
      socket.terminate();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await this.#server.stop(true);
  }

  async #onRequest(request: Request, server: Bun.Server<Link>): Promise<Response | undefined> {
    const { pathname, search } = new URL(request.url);
    if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      const url = `ws://${this.#target}${pathname}${search}`;
      const data: Link = { url, upstream: undefined, early: [], sent: [] };
      return server.upgrade(request, { data }) ? undefined : new Response('', { status: 400 });
    }
    this.restUrls.push(`${pathname}${search}`);
    const { method } = request;
    const body = method === 'GET' ? null : await request.text();
    const headers = { 'content-type': request.headers.get('content-type') ?? 'text/plain' };
    const url = `http://${this.#target}${pathname}${search}`;
    const answer = await fetch(url, { method, body, headers });
    if (answer.status === 429) this.rest429 += 1;
    return new Response(await answer.arrayBuffer(), {
      status: answer.status,
      headers: { 'retry-after': answer.headers.get('retry-after') ?? '0' },
    });
  }

  #onOpen(socket: ProxySocket): void {
    const link = socket.data;
    this.#open.add(socket);
    this.links.push(link);
    this.opened += 1;
    this.openMax = Math.max(this.openMax, this.#open.size);
    const upstream = new WebSocket(link.url);
    upstream.binaryType = 'arraybuffer';
    link.upstream = upstream;
    upstream.onopen = () => {
      for (const frame of link.early.splice(0)) upstream.send(frame);
    };
    upstream.onmessage = ({ data }) => {
      const frame = typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer);
      for (const each of this.edit(frame)) socket.send(each);
    };
    upstream.onclose = ({ code, reason }) => {
      if (code === POLICY_CODE) this.policyCloses.push(`${link.url}: ${reason}`);
      if (!this.#open.delete(socket)) return;
      // 1005 and 1006 say that no code came; they cannot be sent.
      if (code >= 1005 && code <= 1006) socket.terminate();
      else socket.close(code, reason);
    };
  }

  #onClientFrame(socket: ProxySocket, frame: Frame): void {
    const link = socket.data;
    link.sent.push({ text: String(frame), atMs: performance.now() });
    if (link.upstream?.readyState === WebSocket.OPEN) link.upstream.send(frame);
    else link.early.push(frame);
  }

  #onClientClose(socket: ProxySocket): void {
    if (this.#open.delete(socket)) socket.data.upstream?.close();
  }
}
