/** A plain client of the embedded exchange: collects frames, knows nothing of the recorder. */

export interface SimFrameJson {
  readonly stream: string;
  // biome-ignore lint/suspicious/noExplicitAny: frames of every kind, read field by field in tests
  readonly data: any;
}

const DEADLINE_MS = 4_500;

/** Resolves when `condition` holds; rejects with what was waited for when it does not in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not in ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export class SimClient {
  /** Every text frame, as it came. */
  readonly texts: string[] = [];
  /** Frames of combined streams that are JSON. */
  readonly frames: SimFrameJson[] = [];
  /** JSON frames that belong to no stream. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind
  readonly answers: any[] = [];
  /** Texts that are no JSON. */
  readonly garbage: string[] = [];
  closed: { code: number; reason: string } | undefined;
  pings = 0;
  readonly socket: WebSocket;
  #nextId = 1;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.onmessage = ({ data }) => this.#take(String(data));
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
    };
    (this.socket as unknown as EventTarget).addEventListener('ping', () => {
      this.pings += 1;
    });
  }

  static async open(url: string): Promise<SimClient> {
    const client = new SimClient(url);
    await until(`open ${url}`, () => client.socket.readyState !== WebSocket.CONNECTING);
    return client;
  }

  /** Sends the request and resolves with its answer. */
  async request(method: string, params: unknown) {
    const id = this.#nextId;
    this.#nextId += 1;
    this.socket.send(JSON.stringify({ method, params, id }));
    await until(`answer to ${method}`, () => this.answers.some((each) => each?.id === id));
    return this.answers.find((each) => each?.id === id);
  }

  subscribe(...names: string[]) {
    return this.request('SUBSCRIBE', names);
  }

  of(stream: string): SimFrameJson['data'][] {
    return this.frames.filter((each) => each.stream === stream).map((each) => each.data);
  }

  async waitFor(stream: string, count: number): Promise<SimFrameJson['data'][]> {
    await until(`${count} frames of ${stream}`, () => this.of(stream).length >= count);
    return this.of(stream);
  }

  close(): void {
    this.socket.close();
  }

  #take(text: string): void {
    this.texts.push(text);
    try {
      const json = JSON.parse(text);
      if (typeof json?.stream === 'string') this.frames.push(json);
      else this.answers.push(json);
    } catch {
      this.garbage.push(text);
    }
  }
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind, read field by field in tests
  readonly body: any;
}

export async function getJson(url: string): Promise<JsonAnswer> {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, body: await response.json() };
}
