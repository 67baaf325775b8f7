/**
 * One client WebSocket on a plain socket: messages in as bytes, text out. The runtime's own client
 * makes a string and an event of each frame, which costs several times what reading the frame does
 * (docs/PERFORMANCE.md); here one call brings all that the kernel had. No policy: reconnecting is
 * the session's business.
 */
import type { Socket, SocketHandler } from 'bun';
import { errorText } from '../../base/errors.ts';
import { clientFrame, closeFrame } from './client-frame.ts';
import { Handshake } from './handshake.ts';
import { MESSAGE_LENGTH_MAX, MessageReader, NO_CODE, TOO_LARGE } from './message-reader.ts';
import { Opcode } from './opcode.ts';

export interface SocketEvents {
  onOpen(): void;
  /** Bytes came; the messages in them follow, and then `onTaken`. */
  onReceived(): void;
  onTaken(): void;
  /** One message, `bytes[from..to)`, valid until this returns. A text may be no valid UTF-8. */
  onMessage(isText: boolean, bytes: Buffer, from: number, to: number): void;
  /** Exactly once unless `close` was called, also when the connection never opened. */
  onClose(code: number, reason: string): void;
}

export interface ClientSocket {
  /** Dropped while the connection is not open. */
  send(text: string): void;
  /** Nothing is told from now on. */
  close(code: number, reason: string): void;
}

const NORMAL = 1000;
/** The connection ended without a close frame. */
const ABNORMAL = 1006;
/** A server that has not ended the connection by then is left. */
const CLOSE_PATIENCE_SECONDS = 5;
/** What a server leaves unread for longer than this is not a server to keep. */
const UNSENT_LENGTH_MAX = 4 << 20;

/** Starts connecting to `url`, ws: or wss:. Certificates are checked, pings are answered. */
export function connectSocket(url: string, events: SocketEvents): ClientSocket {
  return new WebSocketClient(new URL(url), events);
}

class WebSocketClient implements ClientSocket {
  readonly #events: SocketEvents;
  readonly #handshake: Handshake;
  readonly #reader: MessageReader;
  readonly #isSecure: boolean;
  #socket: Socket<unknown> | undefined;
  /** Until the server agreed; then `undefined`. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #unsent: Buffer[] = [];
  #unsentLength = 0;
  /** Nothing more is told: the session closed the connection, or was told of its end. */
  #isDone = false;
  #problem = '';

  constructor(url: URL, events: SocketEvents) {
    this.#events = events;
    this.#handshake = new Handshake(url);
    this.#isSecure = url.protocol === 'wss:';
    this.#reader = new MessageReader({
      onMessage: events.onMessage.bind(events),
      onPing: (payload) => this.#write(clientFrame(Opcode.pong, payload)),
      onClose: (code, reason) => this.#onCloseFrame(code, reason),
    });
    const port = Number(url.port) || (this.#isSecure ? 443 : 80);
    Bun.connect({
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port,
      socket: this.#handler(),
      ...(this.#isSecure ? { tls: { rejectUnauthorized: true } } : {}),
    }).catch((error: unknown) => {
      unswallowed(() => this.#done(ABNORMAL, this.#problem || problemOf(error)));
    });
  }

  send(text: string): void {
    if (this.#head === undefined) this.#write(clientFrame(Opcode.text, Buffer.from(text)));
  }

  close(code: number, reason: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#leave(code, reason);
  }

  #handler(): SocketHandler<unknown> {
    return {
      open: (socket) => unswallowed(() => this.#onConnected(socket)),
      handshake: (_socket, isTrusted, error) => {
        unswallowed(() => this.#onSecured(isTrusted, error));
      },
      data: (_socket, chunk) => unswallowed(() => this.#onData(chunk)),
      drain: () => this.#flush(),
      timeout: (socket) => socket.terminate(),
      end: (socket) => void socket.end(),
      error: (_socket, error) => {
        this.#problem = problemOf(error);
      },
      connectError: (_socket, error) => {
        this.#problem = problemOf(error);
      },
      close: () => unswallowed(() => this.#done(ABNORMAL, this.#problem)),
    };
  }

  #onConnected(socket: Socket<unknown>): void {
    this.#socket = socket;
    if (this.#isDone) socket.terminate();
    else if (!this.#isSecure) this.#write(Buffer.from(this.#handshake.request()));
  }

  #onSecured(isTrusted: boolean, error: Error | null): void {
    if (this.#isDone) return;
    if (isTrusted) this.#write(Buffer.from(this.#handshake.request()));
    else this.#fail(ABNORMAL, `TLS: ${error === null ? 'not trusted' : problemOf(error)}`);
  }

  #onData(chunk: Buffer): void {
    if (this.#isDone) return;
    let frames = chunk;
    if (this.#head !== undefined) {
      const received = Buffer.concat([this.#head, chunk]);
      const answer = this.#handshake.answer(received);
      if (answer.state === 'incomplete') this.#head = received;
      else if (answer.state === 'refused') this.#fail(ABNORMAL, answer.reason);
      if (answer.state !== 'open') return;
      this.#head = undefined;
      this.#events.onOpen();
      frames = received.subarray(answer.end);
      if (frames.length === 0) return;
    }
    this.#events.onReceived();
    const code = this.#reader.take(frames);
    this.#events.onTaken();
    if (code === 0) return;
    const isLong = code === TOO_LARGE;
    const against = 'frame against the WebSocket protocol';
    this.#fail(code, isLong ? `message of more than ${MESSAGE_LENGTH_MAX} bytes` : against);
  }

  #onCloseFrame(code: number, reason: string): void {
    this.#end(code, reason, code === NO_CODE ? NORMAL : code, '');
  }

  #fail(code: number, reason: string): void {
    this.#end(code, reason, code === ABNORMAL ? NORMAL : code, reason);
  }

  /** Tells the end and takes leave; the first of several causes counts. */
  #end(code: number, reason: string, leaveCode: number, leaveReason: string): void {
    if (this.#isDone) return;
    // First, because leaving may bring the socket's own end at once.
    this.#isDone = true;
    this.#leave(leaveCode, leaveReason);
    this.#events.onClose(code, reason);
  }

  /** Says goodbye where there is somebody to say it to, and ends the connection. */
  #leave(code: number, reason: string): void {
    this.#reader.stop();
    const socket = this.#socket;
    if (this.#head !== undefined) {
      socket?.terminate();
      return;
    }
    this.#write(closeFrame(code, reason));
    socket?.timeout(CLOSE_PATIENCE_SECONDS);
    if (this.#unsentLength === 0) socket?.end();
  }

  #done(code: number, reason: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#events.onClose(code, reason);
  }

  #write(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const taken = this.#unsentLength > 0 ? 0 : Math.max(0, socket.write(bytes));
    if (taken === bytes.length) return;
    this.#unsent.push(bytes.subarray(taken));
    this.#unsentLength += bytes.length - taken;
    if (this.#unsentLength <= UNSENT_LENGTH_MAX) return;
    this.#problem = `${this.#unsentLength} bytes that the server does not read`;
    socket.terminate();
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#unsentLength === 0) return;
    const bytes = Buffer.concat(this.#unsent);
    const taken = Math.max(0, socket.write(bytes));
    this.#unsentLength = bytes.length - taken;
    this.#unsent = this.#unsentLength === 0 ? [] : [bytes.subarray(taken)];
    if (this.#unsentLength === 0 && this.#isDone) socket.end();
  }
}

/**
 * The runtime takes what a socket's handler throws for an error of the socket. A broken invariant
 * must end the worker instead.
 */
function unswallowed(task: () => void): void {
  try {
    task();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** The system's name for it included: Bun's text alone may be "Failed to connect". */
function problemOf(error: unknown): string {
  const text = errorText(error);
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code !== 'string' || text.includes(code) ? text : `${text} (${code})`;
}
