/**
 * One connection to the server and the transaction on it. The driver only has pools: this is a pool
 * of one, and when its connection is gone it is lost for good, as staging tables, the writer's lock
 * and the open transaction were the connection's.
 *
 * Transactions are statements and not the driver's objects: those end the process when the server
 * rolls back while it is asked to commit (a null is called from an event).
 */
import {
  BigInt as BigIntType,
  ConnectionPool,
  type config,
  Float,
  Int,
  type IResult,
  MAX,
  NVarChar,
  Request,
} from 'mssql';
import { assert } from '../../base/assert.ts';
import { every } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import { bulkLoad } from './bulk-load.ts';
import { explainError, lostConnection } from './errors.ts';
import type { RowPacker } from './row-packer.ts';
import type { MssqlSettings } from './settings.ts';
import { TEXT_LENGTH_MAX, type WireColumn } from './wire-types.ts';

/** Whole numbers go as INT or BIGINT, others as FLOAT(53), NaN and null as NULL. */
export type Parameter = string | number | null;
export type Parameters = Readonly<Record<string, Parameter>>;

/** Bytes of a packet: the most that TLS takes in one piece. */
const PACKET_LENGTH = 16_384;
/** One more than a time may be: where ranges without an end do end. */
const WHOLE_MAX = 2 ** 53;
const INT_LIMIT = 2 ** 31;
const READ_CONNECTIONS_MAX = 4;
/** As `timeoutMs`: the driver waits for an answer for as long as it takes. */
export const NO_TIMEOUT = 0;
/** The driver's pool ends what is idle; a writer's connection is not to end. */
const NEVER_MS = 2_147_483_647;

/** The members of the driver's connection that are looked at. */
interface DriverConnection {
  on(event: 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'errorMessage', listener: (said: ServerSaid) => void): void;
  close(): void;
  sendLogin7Packet(): void;
  readonly messageIo?: { readonly tlsNegotiationComplete?: boolean };
}

/** An error as the server words it. */
interface ServerSaid {
  readonly message: string;
  readonly number: number;
  readonly class: number;
}

export class Connection {
  readonly settings: MssqlSettings;
  readonly #pool: ConnectionPool;
  #isInTransaction = false;
  readonly #said: ServerSaid[] = [];
  #isTried = false;
  #current: DriverConnection | undefined;
  #lostBy: Error | undefined;
  #isClosed = false;
  /** Of calls under way: ends them when the connection is lost. */
  readonly #waiting = new Set<(reason: Error) => void>();

  private constructor(settings: MssqlSettings, appName: string) {
    this.settings = settings;
    this.#pool = new ConnectionPool({
      ...driverConfig(settings, appName),
      // A load that is not answered has none of the driver's: the connection itself keeps the time.
      requestTimeout: NO_TIMEOUT,
      pool: { min: 0, max: 1, idleTimeoutMillis: NEVER_MS },
      // The driver would ask the server before each use; a lost connection is known by its end.
      validateConnection: false,
      beforeConnect: (opened: unknown) => this.#watch(opened as DriverConnection),
    });
    // An `error` event that nobody listens to ends the process.
    this.#pool.on('error', (error: Error) => this.#lose(error));
  }

  static async open(settings: MssqlSettings, appName: string): Promise<Connection> {
    const connection = new Connection(settings, appName);
    try {
      // The driver tries one connection and ends it; the one that stays is made by what comes next.
      await connection.#pool.connect();
      connection.#isTried = true;
    } catch (error) {
      await connection.close();
      throw explainError(withNumber(error, connection.#said), settings.where);
    }
    return connection;
  }

  get isLost(): boolean {
    return this.#lostBy !== undefined;
  }

  async begin(): Promise<void> {
    assert(!this.#isInTransaction, 'Invariant: transactions do not nest');
    await this.batch('BEGIN TRANSACTION;');
    this.#isInTransaction = true;
  }

  /** A commit that fails leaves a state that nobody knows: it ends with its connection. */
  async commit(): Promise<void> {
    try {
      await this.batch('COMMIT TRANSACTION;');
    } catch (error) {
      this.#lose(error as Error);
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /** Never fails: a transaction that cannot be rolled back is rolled back with its connection. */
  async rollback(): Promise<void> {
    const isOpen = this.#isInTransaction && !this.isLost;
    this.#isInTransaction = false;
    if (!isOpen) return;
    try {
      // A deadlock's victim has been rolled back already.
      await this.batch('IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;');
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  /** Rows of the last statement that gives any. */
  async rows<Row>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    const result = await this.#execute<Row>(sql, parameters);
    return (result.recordsets as unknown as Row[][]).at(-1) ?? [];
  }

  /** How many rows the first statement inserted, changed or deleted. */
  async change(sql: string, parameters: Parameters = {}): Promise<number> {
    const result = await this.#execute(sql, parameters);
    return result.rowsAffected[0] ?? 0;
  }

  /** A batch as it is: what it makes (staging tables) stays with the connection. */
  async batch<Row>(sql: string): Promise<{ readonly rows: Row[]; readonly changes: number }> {
    const result = await this.#guard(() => new Request(this.#pool).batch<Row>(sql));
    const rows = (result.recordsets as unknown as Row[][]).at(-1) ?? [];
    return { rows, changes: result.rowsAffected[0] ?? 0 };
  }

  load(table: string, columns: readonly WireColumn[], rows: RowPacker): Promise<void> {
    assert(this.#isInTransaction, 'Invariant: a load that fails must leave nothing behind');
    return this.#guard(() => bulkLoad(this.#pool, table, columns, rows));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isLost = this.isLost;
    this.#lostBy ??= new Error('connection closed');
    const closing = this.#pool.close().catch(() => {});
    // The driver waits for what was under way on a connection that is gone, and that never ends.
    if (!isLost) await closing;
  }

  #watch(opened: DriverConnection): void {
    if (this.settings.encrypt !== false) refusePlaintext(opened, this.settings);
    if (!this.#isTried) {
      opened.on('errorMessage', (said) => this.#said.push(said));
      return;
    }
    if (this.#current !== undefined) {
      // The pool would go on on a new one, without the transaction.
      const lost = new Error('connection lost');
      this.#lose(lost);
      opened.close();
      throw lost;
    }
    this.#current = opened;
    opened.on('end', () => this.#lose(new Error('connection lost')));
    opened.on('error', (error) => this.#lose(error));
  }

  #execute<Row>(sql: string, parameters: Parameters): Promise<IResult<Row>> {
    return this.#guard(() => {
      const request = new Request(this.#pool);
      for (const [name, value] of Object.entries(parameters)) bind(request, name, value);
      return request.query<Row>(sql);
    });
  }

  /**
   * Runs `task`, at most as long as a statement may take. A task whose connection is lost may never
   * end by itself: the driver forgets a load whose socket closes, and waits for an answer to its
   * cancellation when there is none to anything.
   */
  async #guard<T>(task: () => Promise<T>): Promise<T> {
    const { where, timeoutMs } = this.settings;
    if (this.#lostBy !== undefined) throw lostConnection(where, this.#lostBy);
    const watch = every(timeoutMs, () =>
      this.#lose(new Error(`no answer within ${timeoutMs / 1_000} s`)),
    );
    // One a call: a promise that lives as long as the connection would keep every race's reactions.
    const lost = Promise.withResolvers<never>();
    this.#waiting.add(lost.reject);
    try {
      return await Promise.race([task(), lost.promise]);
    } catch (error) {
      const explained = explainError(error, where);
      // After a timeout or a cut nobody knows what the connection is in the middle of.
      if (explained instanceof EngineError && explained.code === 'store-connection') {
        this.#lose(explained);
      }
      throw explained;
    } finally {
      watch.stop();
      this.#waiting.delete(lost.reject);
    }
  }

  #lose(error: Error): void {
    if (this.#lostBy !== undefined) return;
    this.#lostBy = error;
    const reason = lostConnection(this.settings.where, error);
    for (const reject of this.#waiting) reject(reason);
    this.#current?.close();
  }
}

/** Connections for reading: as many as are asked for at once, made anew when one is lost. */
export class ReadPool {
  readonly settings: MssqlSettings;
  readonly #pool: ConnectionPool;
  readonly #said: ServerSaid[] = [];
  #isOpen = false;

  private constructor(settings: MssqlSettings) {
    this.settings = settings;
    this.#pool = new ConnectionPool({
      ...driverConfig(settings, 'tickspine reader'),
      pool: { min: 0, max: READ_CONNECTIONS_MAX },
      beforeConnect: (opened: unknown) => {
        const connection = opened as DriverConnection;
        if (settings.encrypt !== false) refusePlaintext(connection, settings);
        if (!this.#isOpen) connection.on('errorMessage', (said) => this.#said.push(said));
      },
    });
    // An `error` event that nobody listens to ends the process; the next query says it again.
    this.#pool.on('error', () => {});
  }

  static async open(settings: MssqlSettings): Promise<ReadPool> {
    const pool = new ReadPool(settings);
    try {
      await pool.#pool.connect();
      pool.#isOpen = true;
    } catch (error) {
      await pool.close();
      throw explainError(withNumber(error, pool.#said), settings.where);
    }
    return pool;
  }

  async rows<Row>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    const request = new Request(this.#pool);
    for (const [name, value] of Object.entries(parameters)) bind(request, name, value);
    try {
      const result = await request.query<Row>(sql);
      return (result.recordsets as unknown as Row[][]).at(-1) ?? [];
    } catch (error) {
      throw explainError(error, this.settings.where);
    }
  }

  async close(): Promise<void> {
    await this.#pool.close().catch(() => {});
  }
}

export function driverConfig(settings: MssqlSettings, appName: string): config {
  const { host, port, user, password, database, encrypt, serverName, timeoutMs } = settings;
  const options = {
    encrypt,
    trustServerCertificate: settings.trustServerCertificate,
    packetSize: PACKET_LENGTH,
    appName,
    abortTransactionOnError: false,
    // The engine tries again, and knows when.
    maxRetriesOnTransientErrors: 0,
    enableArithAbort: true,
    useUTC: true,
    ...(serverName === undefined ? {} : { serverName }),
    ...(settings.isReadOnlyIntent ? { readOnlyIntent: true } : {}),
  };
  const times = { connectionTimeout: settings.connectTimeoutMs, requestTimeout: timeoutMs };
  const made = { server: host, port, user, password, database, options, ...times };
  // Its types know no `encrypt: 'strict'`.
  return made as unknown as config;
}

/**
 * With `encrypt: true` the driver goes on in plain text, password and all, when the server offers
 * no TLS. Here the login is not sent then.
 */
export function refusePlaintext(connection: DriverConnection, settings: MssqlSettings): void {
  const sendLogin = connection.sendLogin7Packet.bind(connection);
  connection.sendLogin7Packet = () => {
    const isSecure =
      settings.encrypt === 'strict' || connection.messageIo?.tlsNegotiationComplete === true;
    if (!isSecure) {
      throw new EngineError(
        `${settings.where}: the server offers no TLS, so no password was sent: ` +
          'give it a certificate, or set encrypt=false in the store URL to go in plain text',
        { code: 'store-tls', retry: 'fatal' },
      );
    }
    sendLogin();
  };
}

/**
 * The driver keeps the text of what the server said last about a login, and no number. What it said
 * first is the reason: a missing database is followed by a failed login.
 */
function withNumber(error: unknown, [first]: readonly ServerSaid[]): unknown {
  if (first === undefined || error instanceof EngineError) return error;
  const { message, number, class: level } = first;
  return Object.assign(new Error(message, { cause: error }), { number, class: level });
}

/**
 * Each value as the type of a column it is compared with, or a narrower one: a wider one (MAX,
 * FLOAT against BIGINT) would turn the column's side and a key could not be used.
 */
function bind(request: Request, name: string, value: Parameter): void {
  if (value === null || Number.isNaN(value)) request.input(name, NVarChar(1), null);
  else if (typeof value === 'string') {
    request.input(name, NVarChar(value.length <= TEXT_LENGTH_MAX ? TEXT_LENGTH_MAX : MAX), value);
  } else if (!Number.isInteger(value) || Math.abs(value) > WHOLE_MAX) {
    request.input(name, Float, value);
  } else request.input(name, Math.abs(value) < INT_LIMIT ? Int : BigIntType, value);
}
