/**
 * The peer's side of TLS. A client's handshake comes inside PRELOGIN packets, and after it TLS runs
 * bare on the socket. A TLS server on a loopback port does the TLS; the bridge carries bytes
 * between it and the client, wrapped as long as the handshake lasts.
 */
import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';

interface BridgeEnds {
  /** Writes to the client's socket. */
  readonly toClient: (data: Buffer) => void;
  /** Puts bytes of the handshake into packets. */
  readonly wrap: (data: Buffer) => Buffer;
  /** Takes what the client said, decrypted. */
  readonly onPlain: (data: Buffer) => void;
}

export class TlsBridge {
  /** Once the client has sent something that is not of the handshake. */
  isBare = false;
  readonly #server: Server;
  readonly #outer: Socket;
  #inner: TLSSocket | undefined;

  private constructor(server: Server, outer: Socket, ends: BridgeEnds) {
    this.#server = server;
    this.#outer = outer;
    server.on('secureConnection', (socket) => {
      this.#inner = socket;
      socket.on('error', () => {});
      socket.on('data', (data: Buffer) => ends.onPlain(data));
    });
    outer.on('error', () => {});
    outer.on('data', (data: Buffer) => ends.toClient(this.isBare ? data : ends.wrap(data)));
  }

  static async open(ends: BridgeEnds): Promise<TlsBridge> {
    const server = createServer({
      cert: TEST_CERTIFICATE,
      key: TEST_KEY,
      maxVersion: 'TLSv1.2',
      minVersion: 'TLSv1.2',
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const outer = connect(port, '127.0.0.1');
    await new Promise<void>((resolve) => outer.once('connect', () => resolve()));
    return new TlsBridge(server, outer, ends);
  }

  /** A part of the handshake from the client. */
  handshake(data: Buffer): void {
    this.#outer.write(data);
  }

  fromClient(data: Buffer): void {
    this.isBare = true;
    this.#outer.write(data);
  }

  fromPeer(data: Buffer): void {
    this.#inner?.write(data);
  }

  close(): void {
    this.#outer.destroy();
    this.#inner?.destroy();
    this.#server.close();
  }
}
