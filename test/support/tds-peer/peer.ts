/**
 * A TDS 7.4 peer on 127.0.0.1: it speaks PRELOGIN, LOGIN7, batches, sp_executesql, transactions and
 * BULK LOAD, takes apart every row it is sent, and fails when told to. It is no SQL Server: it
 * checks no SQL, and what it answers to statements comes from `answers` or from its `backing`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { PeerConnection } from './connection.ts';
import type { Login, TransactionAct } from './requests.ts';
import type { ColumnKind, PeerError, PeerRow } from './tokens.ts';
import type { WireValue } from './type-info.ts';

export type PeerParameters = ReadonlyMap<string, WireValue>;

/** What one statement gives. */
export interface PeerResult {
  readonly columns?: readonly string[];
  readonly rows?: readonly PeerRow[];
  readonly rowCount?: number;
  /** Types of the columns; where there is none, by what the rows hold. */
  readonly kinds?: readonly (ColumnKind | undefined)[];
}

/** Something the peer was sent. */
export type PeerEvent =
  | { readonly kind: 'login'; readonly login: Login }
  | { readonly kind: 'batch'; readonly sql: string }
  | { readonly kind: 'call'; readonly sql: string; readonly parameters: PeerParameters }
  | { readonly kind: 'transaction'; readonly act: TransactionAct }
  /** Part of a load that is still coming in. */
  | { readonly kind: 'load-part'; readonly table: string; readonly length: number }
  | PeerLoad;

export interface PeerLoad {
  readonly kind: 'load';
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

/** `close`: the socket is cut; `hang`: nothing is ever answered on that connection. */
export type Misfortune = 'close' | 'hang' | PeerError | { readonly delayMs: number };

export interface Fault {
  /** Whether it strikes this event. */
  readonly when: (event: PeerEvent) => boolean;
  readonly does: Misfortune;
  /** How often it strikes; default once. */
  times?: number;
}

export interface Answer {
  readonly match: RegExp;
  readonly give: (sql: string, parameters: PeerParameters) => PeerResult | readonly PeerResult[];
}

/** Executes statements for real; a session each connection. What it throws is answered as error. */
export interface PeerSession {
  run(sql: string, parameters: PeerParameters): readonly PeerResult[];
  load(load: PeerLoad): void;
  transaction(act: TransactionAct): void;
  close(): void;
}

/** `none`: no encryption on offer; `offered`: TLS when the client wants it. */
export type PeerTls = 'none' | 'offered';

export interface PeerOptions {
  readonly tls?: PeerTls;
  /** Keep events and rows (the default), or count rows only. */
  readonly keeps?: boolean;
  readonly openSession?: () => PeerSession;
  /** Sees every load, kept or not. */
  readonly onLoad?: (load: PeerLoad) => void;
  /** Default: a free one. */
  readonly port?: number;
}

export class TdsPeer {
  readonly tls: PeerTls;
  readonly keeps: boolean;
  /** Everything received, in order. */
  readonly events: PeerEvent[] = [];
  readonly faults: Fault[] = [];
  /** The first whose pattern matches answers. */
  readonly answers: Answer[] = [];
  /** Rows loaded, kept or not. */
  rowCount = 0;
  /** What the protocol forbids: a test that ends with any has failed. */
  readonly violations: string[] = [];
  readonly openSession: (() => PeerSession) | undefined;
  readonly onLoad: ((load: PeerLoad) => void) | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: PeerOptions) {
    this.tls = options.tls ?? 'none';
    this.keeps = options.keeps ?? true;
    this.openSession = options.openSession;
    this.onLoad = options.onLoad;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new PeerConnection(this, socket);
    });
  }

  static async start(options: PeerOptions = {}): Promise<TdsPeer> {
    const peer = new TdsPeer(options);
    await new Promise<void>((resolve) =>
      peer.#server.listen(options.port ?? 0, '127.0.0.1', resolve),
    );
    return peer;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the peer is closed');
    return address.port;
  }

  get connectionCount(): number {
    return this.#sockets.size;
  }

  /** Store URL of this peer. */
  url(parameters = 'encrypt=false', user = 'writer', database = 'market'): string {
    return `mssql://${user}:secret@127.0.0.1:${this.port}/${database}?${parameters}`;
  }

  loads(table?: string): PeerLoad[] {
    const loads = this.events.filter((event) => event.kind === 'load');
    return table === undefined ? loads : loads.filter((load) => load.table === table);
  }

  /** Statements and acts of transactions, in order. */
  statements(): string[] {
    return this.events.flatMap((event) => {
      if (event.kind === 'batch' || event.kind === 'call') return [event.sql];
      if (event.kind === 'transaction') return [event.act];
      return event.kind === 'load' ? [`load ${event.table}`] : [];
    });
  }

  /** What strikes `event`, if anything does. */
  misfortuneOf(event: PeerEvent): Misfortune | undefined {
    const index = this.faults.findIndex((fault) => fault.when(event));
    const fault = this.faults[index];
    if (fault === undefined) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.faults.splice(index, 1);
    return fault.does;
  }

  /** Cuts every connection; the port stays open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
