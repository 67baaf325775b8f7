import { afterAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type ClientSocket, connectSocket } from '../../../src/net/web-socket/connect.ts';
import { createCertificate } from '../../support/certificate.ts';
import { until } from '../../support/condition.ts';
import { serverFrame } from '../../support/server-frame.ts';
import { WorkFolder } from '../../support/work-folder.ts';

const CHILD = join(import.meta.dir, '../../support/web-socket-child.ts');
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

function client(url: string, onMessage: (socket: ClientSocket) => void = () => {}) {
  const told: string[] = [];
  const socket: ClientSocket = connectSocket(url, {
    onOpen: () => told.push('open'),
    onReceived: () => {},
    onTaken: () => {},
    onMessage: (isText, bytes, from, to) => {
      told.push(`${isText ? 'text' : 'binary'} ${bytes.toString('latin1', from, to)}`);
      onMessage(socket);
    },
    onClose: (code, reason) => told.push(`close ${code} ${reason}`),
  });
  return { socket, told };
}

/** The runtime's own server: what is said to it, and how it was left. */
function echoServer() {
  const heard: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response('no', { status: 400 }),
    websocket: {
      idleTimeout: 0,
      message(socket, data) {
        heard.push(`${String(data).length}`);
        if (data === 'ping me') socket.ping('beat');
        else if (data === 'end') socket.close(4001, 'was told to');
        else socket.send(data);
      },
      pong: (_socket, data) => void heard.push(`pong ${data.toString()}`),
      close: (_socket, code, reason) => void heard.push(`close ${code} ${reason}`),
    },
  });
  stops.push(() => server.stop(true));
  return { heard, url: `ws://127.0.0.1:${server.port}/any?a=b` };
}

/** A server that says these bytes once it has heard the request; `%` stands for the right key. */
function rawServer(answer: string, frames: readonly Uint8Array[] = [], options = { ends: false }) {
  const requests: string[] = [];
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, bytes) {
        const text = bytes.toString('latin1');
        const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(text)?.[1];
        if (key === undefined) return;
        requests.push(text);
        const hash = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        // Byte by byte: an answer may come in any pieces.
        const head = answer.replace('%', hash.digest('base64'));
        for (const byte of Buffer.from(head, 'latin1')) socket.write(Buffer.from([byte]));
        for (const frame of frames) socket.write(frame);
        if (options.ends) socket.end();
      },
    },
  });
  stops.push(() => server.stop(true));
  return { requests, url: `ws://127.0.0.1:${server.port}/stream` };
}

const AGREED =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: %\r\n\r\n';

describe('a client WebSocket', () => {
  test('carries texts of every length both ways', async () => {
    const { url } = echoServer();
    const texts = [0, 1, 125, 126, 65_535, 65_536, 1_000_000].map((length) => 'x'.repeat(length));
    const { socket, told } = client(url);
    await until('it is told', () => told.length === 1);
    for (const text of texts) socket.send(text);
    await until('it is told', () => told.length === 1 + texts.length);
    expect(told).toEqual(['open', ...texts.map((text) => `text ${text}`)]);
    socket.close(1000, '');
  });

  test('answers pings with what they carry', async () => {
    const { url, heard } = echoServer();
    const { socket, told } = client(url);
    await until('it is told', () => told.length === 1);
    socket.send('ping me');
    await until('it is told', () => heard.length === 2);
    expect(heard).toEqual(['7', 'pong beat']);
    socket.close(1000, '');
  });

  test('tells how the server ended it, once', async () => {
    const { url } = echoServer();
    const { socket, told } = client(url);
    await until('it is told', () => told.length === 1);
    socket.send('end');
    await until('it is told', () => told.length === 2);
    await Bun.sleep(50);
    expect(told).toEqual(['open', 'close 4001 was told to']);
  });

  test('says code and reason when it is closed, and is silent then', async () => {
    const { url, heard } = echoServer();
    const { socket, told } = client(url, (own) => own.close(1000, 'enough'));
    await until('it is told', () => told.length === 1);
    for (const text of ['a', 'b', 'c']) socket.send(text);
    await until('it is told', () => heard.some((each) => each.startsWith('close')));
    expect(heard.at(-1)).toBe('close 1000 enough');
    expect(told).toEqual(['open', 'text a']);
    socket.send('late');
    socket.close(1000, 'again');
  });

  test('may be closed before it is open', async () => {
    const { url, heard } = echoServer();
    const { socket, told } = client(url);
    socket.close(1000, '');
    await Bun.sleep(50);
    expect({ told, heard }).toEqual({ told: [], heard: [] });
  });

  test('takes frames that come right behind the answer, and asks for no extension', async () => {
    const { url, requests } = rawServer(AGREED, [serverFrame(0x81, Buffer.from('at once'))]);
    const { socket, told } = client(url);
    await until('it is told', () => told.length === 2);
    expect(told).toEqual(['open', 'text at once']);
    expect(requests[0]?.split('\r\n').slice(0, 2)).toEqual([
      'GET /stream HTTP/1.1',
      `Host: ${new URL(url).host}`,
    ]);
    expect(requests[0]).not.toContain('Extensions');
    socket.close(1000, '');
  });

  test.each([
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'HTTP 403 Forbidden'],
    ['HTTP/1.1 451\r\n\r\n', 'HTTP 451'],
    ['SSH-2.0-OpenSSH\r\n\r\n', 'no HTTP answer to the WebSocket request'],
    [AGREED.replace('%', 'AAAA'), 'wrong Sec-WebSocket-Accept in the answer'],
    [AGREED.replace('upgrade', 'x'), 'HTTP 101 without "Upgrade: websocket"'],
    [
      AGREED.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n'),
      'extension permessage-deflate, which was not asked for',
    ],
    ['x'.repeat(70_000), 'answer of more than 65536 bytes to the WebSocket request'],
  ])('names why it was refused: %#', async (answer, reason) => {
    const { told } = client(rawServer(answer).url);
    await until('it is told', () => told.length === 1);
    expect(told).toEqual([`close 1006 ${reason}`]);
  });

  test('tells of a connection that breaks off', async () => {
    const frame = serverFrame(0x81, Buffer.from('a frame cut off')).subarray(0, 9);
    const { told } = client(rawServer(AGREED, [frame], { ends: true }).url);
    await until('it is told', () => told.length === 2);
    expect(told).toEqual(['open', 'close 1006 ']);
  });

  test('leaves a server that breaks the protocol', async () => {
    const { told } = client(rawServer(AGREED, [serverFrame(0xc1, Buffer.alloc(1))]).url);
    await until('it is told', () => told.length === 2);
    expect(told).toEqual(['open', 'close 1002 frame against the WebSocket protocol']);
  });

  test('hands on a text that is no UTF-8: its reader calls it malformed', async () => {
    const { socket, told } = client(rawServer(AGREED, [Buffer.from([0x81, 1, 0xff])]).url);
    await until('it is told', () => told.length === 2);
    expect(told).toEqual(['open', 'text \xff']);
    socket.close(1000, '');
  });

  test('names what could not be reached', async () => {
    const port = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const url = `ws://127.0.0.1:${port.port}`;
    port.stop(true);
    const refused = client(url);
    const unknown = client('ws://no-such-host.invalid');
    await until('it is told', () => refused.told.length === 1 && unknown.told.length === 1);
    expect(refused.told[0]).toMatch(/^close 1006 .*ECONNREFUSED/);
    expect(unknown.told[0]).toMatch(/^close 1006 .*(ENOTFOUND|EAI_AGAIN)/);
  });

  test('does not hide what its reader throws: the process ends', async () => {
    const { url } = rawServer(AGREED, [serverFrame(0x81, Buffer.from('any'))]);
    const child = Bun.spawn([process.execPath, CHILD, url, 'a broken invariant'], {
      stdout: 'pipe',
      stderr: 'pipe',
    });
    expect(await child.exited).toBe(1);
    expect(await new Response(child.stderr).text()).toContain('error: a broken invariant');
  });

  test('does not let what a server leaves unread grow without end', async () => {
    let pause = () => {};
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket, bytes) {
          const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(bytes.toString('latin1'))?.[1];
          const hash = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
          socket.write(AGREED.replace('%', hash.digest('base64')));
          socket.pause();
          pause();
        },
      },
    });
    stops.push(() => server.stop(true));
    const paused = new Promise<void>((resolve) => {
      pause = resolve;
    });
    const { socket, told } = client(`ws://127.0.0.1:${server.port}`);
    await paused;
    await until('it is told', () => told.length === 1);
    const megabyte = 'x'.repeat(1 << 20);
    for (let i = 0; i < 32 && told.length === 1; i += 1) {
      socket.send(megabyte);
      await Bun.sleep(1);
    }
    await until('it is told', () => told.length === 2);
    expect(told[1]).toMatch(/^close 1006 \d+ bytes that the server does not read$/);
  });
});

describe('a client WebSocket over TLS', () => {
  const folder = new WorkFolder();
  stops.push(() => folder[Symbol.dispose]());
  const certificate = createCertificate(folder.path, 'DNS:localhost');
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { key: Bun.file(certificate.key), cert: Bun.file(certificate.certificate) },
    fetch: (request, own) => (own.upgrade(request) ? undefined : new Response('no')),
    websocket: { message: () => {}, open: (socket) => void socket.send('secret') },
  });
  stops.push(() => server.stop(true));

  /** In a process of its own: what is trusted is read when it starts. */
  async function connectFrom(host: string, trusted: string | undefined): Promise<string> {
    const child = Bun.spawn([process.execPath, CHILD, `wss://${host}:${server.port}/`], {
      stdout: 'pipe',
      env: trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: trusted },
    });
    return (await new Response(child.stdout).text()).trim();
  }

  test('opens where certificate and name are right', async () => {
    expect(await connectFrom('localhost', certificate.certificate)).toBe('open, text secret');
  });

  test('refuses a certificate that nobody vouches for', async () => {
    expect(await connectFrom('localhost', undefined)).toBe(
      'close 1006 TLS: self signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
    );
  });

  test('refuses a certificate of another name', async () => {
    expect(await connectFrom('127.0.0.1', certificate.certificate)).toMatch(/^close 1006 TLS: /);
  });
});
