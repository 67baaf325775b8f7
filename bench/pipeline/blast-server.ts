/**
 * The side of a venue that the blaster plays: a raw TCP server that speaks just enough WebSocket,
 * and REST for book snapshots. Raw, so that sending costs a copy and not a frame's work.
 */
import { createHash } from 'node:crypto';
import type { Socket, TCPSocketListener } from 'bun';
import { type FrameBelt, webSocketText } from './frame-belt.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OP_TEXT = 1;
const OP_CLOSE = 8;
const OP_PING = 9;

interface Client {
  isOpen: boolean;
  received: Buffer;
  /** Not taken by the kernel yet. */
  unsent: Buffer;
}

export interface BlastServer {
  readonly wsPort: number;
  readonly restPort: number;
  /** True when all bytes so far went out and more may follow. */
  isReady(): boolean;
  write(bytes: Buffer): void;
  stop(): void;
}

export function startBlastServer(belt: FrameBelt, onSubscribed: () => void): BlastServer {
  let current: Socket<Client> | undefined;
  const listener: TCPSocketListener<Client> = Bun.listen<Client>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.data = { isOpen: false, received: Buffer.alloc(0), unsent: Buffer.alloc(0) };
      },
      data(socket, bytes) {
        const client = socket.data;
        client.received = Buffer.concat([client.received, bytes]);
        if (client.isOpen) readFrames(socket, onSubscribed);
        else if (handshake(socket)) current = socket;
      },
      drain: flush,
      close(socket) {
        if (current === socket) current = undefined;
      },
    },
  });
  const rest = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const symbol = searchParams.get('symbol') ?? '';
      if (pathname.endsWith('/depth')) return new Response(belt.snapshotOf(symbol) ?? '{}');
      return new Response(pathname.endsWith('/exchangeInfo') ? '{"symbols":[]}' : '[]');
    },
  });
  return {
    wsPort: listener.port,
    restPort: rest.port ?? 0,
    isReady: () => current !== undefined && current.data.unsent.length === 0,
    write(bytes) {
      if (current !== undefined) send(current, bytes);
    },
    stop() {
      listener.stop(true);
      rest.stop(true);
    },
  };
}

/** The belt's bytes are written again soon: what the kernel does not take is copied. */
function send(socket: Socket<Client>, bytes: Buffer): void {
  const client = socket.data;
  if (client.unsent.length > 0) {
    client.unsent = Buffer.concat([client.unsent, bytes]);
    return;
  }
  const taken = Math.max(0, socket.write(bytes));
  if (taken < bytes.length) client.unsent = Buffer.from(bytes.subarray(taken));
}

function flush(socket: Socket<Client>): void {
  const { unsent } = socket.data;
  if (unsent.length === 0) return;
  const taken = Math.max(0, socket.write(unsent));
  socket.data.unsent = unsent.subarray(taken);
}

function handshake(socket: Socket<Client>): boolean {
  const client = socket.data;
  const end = client.received.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const key =
    /sec-websocket-key: *(\S+)/i.exec(client.received.toString('latin1', 0, end))?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  client.received = client.received.subarray(end + 4);
  client.isOpen = true;
  return true;
}

/** A client's frames are masked. It sends few and short ones. */
function readFrames(socket: Socket<Client>, onSubscribed: () => void): void {
  const client = socket.data;
  for (;;) {
    const { received } = client;
    if (received.length < 2) return;
    const opcode = (received[0] as number) & 0x0f;
    let length = (received[1] as number) & 0x7f;
    let at = 2;
    if (length === 126) {
      if (received.length < 4) return;
      length = received.readUInt16BE(2);
      at = 4;
    }
    if (received.length < at + 4 + length) return;
    const payload = Buffer.from(received.subarray(at + 4, at + 4 + length));
    for (let i = 0; i < length; i += 1) {
      payload[i] = (payload[i] as number) ^ (received[at + (i % 4)] as number);
    }
    client.received = received.subarray(at + 4 + length);
    answer(socket, opcode, payload, onSubscribed);
  }
}

function answer(
  socket: Socket<Client>,
  opcode: number,
  payload: Buffer,
  onSubscribed: () => void,
): void {
  if (opcode === OP_CLOSE) {
    socket.end(Buffer.from([0x88, 0]));
  } else if (opcode === OP_PING) {
    send(socket, Buffer.concat([Buffer.from([0x8a, payload.length]), payload]));
  } else if (opcode === OP_TEXT) {
    const { id, method } = JSON.parse(payload.toString()) as { id: number; method: string };
    send(socket, webSocketText(JSON.stringify({ result: null, id })));
    if (method === 'SUBSCRIBE') onSubscribed();
  }
}
