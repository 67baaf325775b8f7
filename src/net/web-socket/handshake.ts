/** The opening of a WebSocket, client's side (RFC 6455, section 4.1). */
import { createHash, randomBytes } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_END = '\r\n\r\n';
/** A server that says more than this before it agrees is no WebSocket server. */
const HEAD_LENGTH_MAX = 64 << 10;

export type HandshakeAnswer =
  | { readonly state: 'incomplete' }
  | { readonly state: 'refused'; readonly reason: string }
  /** Bytes behind `end` belong to frames. */
  | { readonly state: 'open'; readonly end: number };

export class Handshake {
  readonly #key = randomBytes(16).toString('base64');
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
  }

  /** No extension is offered: frames come as they are, and cost no inflating. */
  request(): string {
    const { host, pathname, search } = this.#url;
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${this.#key}`,
    ];
    return lines.join('\r\n') + HEAD_END;
  }

  /** Judges what the server said so far. */
  answer(received: Buffer): HandshakeAnswer {
    const at = received.indexOf(HEAD_END);
    if (at < 0) {
      if (received.length <= HEAD_LENGTH_MAX) return { state: 'incomplete' };
      return refused(`answer of more than ${HEAD_LENGTH_MAX} bytes to the WebSocket request`);
    }
    const [statusLine = '', ...lines] = received.toString('latin1', 0, at).split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine);
    if (status === null) return refused('no HTTP answer to the WebSocket request');
    if (status[1] !== '101') return refused(`HTTP ${status[1]} ${status[2]}`.trimEnd());
    const headers = new Map(lines.map(headerField));
    const accept = createHash('sha1').update(`${this.#key}${GUID}`).digest('base64');
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return refused('HTTP 101 without "Upgrade: websocket"');
    }
    if (headers.get('sec-websocket-accept') !== accept) {
      return refused('wrong Sec-WebSocket-Accept in the answer');
    }
    const extensions = headers.get('sec-websocket-extensions') ?? '';
    if (extensions !== '') return refused(`extension ${extensions}, which was not asked for`);
    return { state: 'open', end: at + HEAD_END.length };
  }
}

function refused(reason: string): HandshakeAnswer {
  return { state: 'refused', reason };
}

function headerField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim()];
}
