/** One connection of the peer: messages in, one answer each, in order. */
import type { Socket } from 'node:net';
import { PacketReader, PacketType, packetsOf, type TdsMessage } from './packets.ts';
import type {
  Misfortune,
  PeerEvent,
  PeerParameters,
  PeerResult,
  PeerSession,
  TdsPeer,
} from './peer.ts';
import { isEncryptionWanted, preloginAnswer } from './prelogin.ts';
import {
  readBatch,
  readCall,
  readLoad,
  readLogin,
  readTransaction,
  type TransactionAct,
} from './requests.ts';
import { TlsBridge } from './tls-bridge.ts';
import type { PeerError } from './tokens.ts';
import * as tokens from './tokens.ts';

/** First byte of what TLS carries once its handshake is over. */
const TLS_APPLICATION_DATA = 0x17;
/** Class of an error from which on a server ends the connection. */
const ENDS_CONNECTION = 20;
const PACKET_LENGTH_MAX = 32_767;
const INSERT_BULK = /^\s*insert bulk\s+\[?([^\]\s(]+)\]?/i;

/** A message that says something of a transaction must carry its number; 0 is none. */
let transactionCount = 0n;

export class PeerConnection {
  readonly #peer: TdsPeer;
  readonly #socket: Socket;
  readonly #reader = new PacketReader();
  #packetLength = 4_096;
  #bridge: TlsBridge | undefined;
  #session: PeerSession | undefined;
  #transaction = 0n;
  #table = '';
  #hangs = false;
  /** The client is gone: what it sent before is not answered any more. */
  #isClosed = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(peer: TdsPeer, socket: Socket) {
    this.#peer = peer;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      const isBare = this.#bridge?.isBare === true || data[0] === TLS_APPLICATION_DATA;
      if (isBare && this.#bridge !== undefined) this.#bridge.fromClient(data);
      else this.#receive(data);
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#bridge?.close();
      this.#session?.close();
    });
  }

  #receive(data: Buffer): void {
    const messages = this.#reader.push(data);
    if (this.#reader.pendingType === PacketType.bulk && this.#reader.pendingLength > 0) {
      const part = { kind: 'load-part', table: this.#table, length: this.#reader.pendingLength };
      const misfortune = this.#peer.misfortuneOf(part as PeerEvent);
      if (misfortune === 'close') this.#socket.destroy();
      if (misfortune === 'hang') this.#hangs = true;
    }
    for (const message of messages) {
      this.#turn = this.#turn.then(() => this.#answer(message));
    }
  }

  async #answer(message: TdsMessage): Promise<void> {
    if (this.#hangs || this.#isClosed) return;
    try {
      await this.#dispatch(message);
    } catch (error) {
      this.#peer.violations.push(String(error));
      this.#socket.destroy();
    }
  }

  async #dispatch({ type, body }: TdsMessage): Promise<void> {
    if (type === PacketType.prelogin) return this.#prelogin(body);
    if (type === PacketType.attention) return this.#send(tokens.doneWithAttention());
    if (type === PacketType.login) return this.#login(body);
    if (type === PacketType.transaction) return this.#actOn(readTransaction(body));
    if (type === PacketType.bulk) return this.#load(body);
    if (type === PacketType.batch) return this.#batch(readBatch(body));
    if (type === PacketType.rpc) return this.#call(body);
    throw new Error(`message of type ${type}`);
  }

  async #prelogin(body: Buffer): Promise<void> {
    if (this.#bridge !== undefined) return this.#bridge.handshake(body);
    const isEncrypted = this.#peer.tls === 'offered' && isEncryptionWanted(body);
    this.#send(preloginAnswer(this.#peer.tls === 'offered', isEncrypted));
    if (!isEncrypted) return;
    this.#bridge = await TlsBridge.open({
      toClient: (data) => this.#socket.write(data),
      wrap: (data) => packetsOf(PacketType.prelogin, data, this.#packetLength),
      onPlain: (data) => this.#receive(data),
    });
  }

  async #login(body: Buffer): Promise<void> {
    const login = readLogin(body);
    if (await this.#isStruck({ kind: 'login', login })) return;
    this.#packetLength = Math.min(login.packetLength, PACKET_LENGTH_MAX);
    this.#session = this.#peer.openSession?.();
    this.#send(
      Buffer.concat([
        tokens.databaseChange(login.database),
        tokens.collationChange(),
        tokens.loginAck(),
        tokens.packetLengthChange(this.#packetLength),
        tokens.done(),
      ]),
    );
  }

  async #actOn(act: TransactionAct): Promise<void> {
    if (await this.#isStruck({ kind: 'transaction', act })) return;
    if ((act === 'begin') !== (this.#transaction === 0n)) {
      throw new Error(`${act} with transaction ${this.#transaction}`);
    }
    if (!this.#succeeds(() => this.#session?.transaction(act))) return;
    if (act === 'begin') this.#transaction = ++transactionCount;
    const change = tokens.transactionChange(act === 'save' ? 'begin' : act, this.#transaction);
    if (act !== 'begin') this.#transaction = 0n;
    this.#send(Buffer.concat([change, tokens.done()]));
  }

  async #load(body: Buffer): Promise<void> {
    const load = { kind: 'load', table: this.#table, ...readLoad(body) } as const;
    this.#peer.rowCount += load.rows.length;
    this.#peer.onLoad?.(load);
    if (await this.#isStruck(load)) return;
    if (!this.#succeeds(() => this.#session?.load(load))) return;
    this.#send(tokens.done(load.rows.length));
  }

  async #batch(sql: string): Promise<void> {
    const act = transactionActOf(sql);
    if (act === 'rollback' && this.#transaction === 0n) return this.#send(tokens.done());
    if (act !== undefined) return this.#actOn(act);
    const bulk = INSERT_BULK.exec(sql);
    if (bulk !== null) this.#table = bulk[1] ?? '';
    if (await this.#isStruck({ kind: 'batch', sql })) return;
    if (bulk !== null) return this.#send(tokens.done());
    let results: readonly PeerResult[] = [];
    if (!this.#succeeds(() => (results = this.#resultsOf(sql, new Map())))) return;
    const parts = results.map(({ columns, rows = [], rowCount, kinds }, i) => {
      const isMore = i < results.length - 1;
      const set = columns === undefined ? Buffer.alloc(0) : tokens.resultSet(columns, rows, kinds);
      return Buffer.concat([set, tokens.done(rowCount ?? rows.length, isMore)]);
    });
    this.#send(parts.length === 0 ? tokens.done() : Buffer.concat(parts));
  }

  async #call(body: Buffer): Promise<void> {
    const { procedure, parameters } = readCall(body);
    if (procedure !== 'sp_executesql') throw new Error(`a call of ${procedure}`);
    const [statement, , ...values] = [...parameters];
    const sql = String(statement?.[1] ?? '');
    const named = new Map(values);
    if (await this.#isStruck({ kind: 'call', sql, parameters: named })) return;
    let results: readonly PeerResult[] = [];
    if (!this.#succeeds(() => (results = this.#resultsOf(sql, named)))) return;
    const parts = results.map(({ columns, rows = [], rowCount, kinds }) => {
      const set = columns === undefined ? Buffer.alloc(0) : tokens.resultSet(columns, rows, kinds);
      return Buffer.concat([set, tokens.doneInProc(rowCount ?? rows.length)]);
    });
    this.#send(Buffer.concat([...parts, tokens.doneProc()]));
  }

  #resultsOf(sql: string, parameters: PeerParameters): readonly PeerResult[] {
    const answer = this.#peer.answers.find(({ match }) => match.test(sql));
    if (answer === undefined) return this.#session?.run(sql, parameters) ?? [];
    return [answer.give(sql, parameters)].flat();
  }

  /** Runs `task` in the session; what it throws goes to the client as an error of the server. */
  #succeeds(task: () => unknown): boolean {
    try {
      task();
      return true;
    } catch (error) {
      const fault = error as Partial<PeerError>;
      if (typeof fault.number !== 'number') this.#peer.violations.push(String(error));
      this.#refuse({ number: fault.number ?? 50_000, message: fault.message ?? String(error) });
      return false;
    }
  }

  /** Notes the event; true when a misfortune was the answer. */
  async #isStruck(event: PeerEvent): Promise<boolean> {
    if (this.#peer.keeps) this.#peer.events.push(event);
    const misfortune: Misfortune | undefined = this.#peer.misfortuneOf(event);
    if (misfortune === undefined) return false;
    if (misfortune === 'hang') this.#hangs = true;
    else if (misfortune === 'close') this.#socket.destroy();
    else if ('delayMs' in misfortune) {
      await Bun.sleep(misfortune.delayMs);
      return this.#isClosed;
    } else this.#refuse(misfortune);
    return true;
  }

  /** A deadlock's victim has lost its transaction; other errors leave it open. */
  #refuse(error: PeerError): void {
    const parts = [tokens.errorToken(error)];
    if (error.number === 1205 && this.#transaction !== 0n) {
      parts.push(tokens.transactionChange('rollback', this.#transaction));
      this.#transaction = 0n;
      this.#session?.transaction('rollback');
    }
    this.#send(Buffer.concat([...parts, tokens.doneWithError()]));
    if ((error.class ?? 0) >= ENDS_CONNECTION) this.#socket.end();
  }

  #send(body: Buffer): void {
    const packets = packetsOf(PacketType.result, body, this.#packetLength);
    if (this.#bridge?.isBare === true) this.#bridge.fromPeer(packets);
    else this.#socket.write(packets);
  }
}

/** Transactions may come as statements, too; one with a name is a savepoint. */
function transactionActOf(sql: string): TransactionAct | undefined {
  if (/^BEGIN TRANSACTION;$/.test(sql)) return 'begin';
  if (/^COMMIT TRANSACTION;$/.test(sql)) return 'commit';
  return /^IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;$/.test(sql) ? 'rollback' : undefined;
}
