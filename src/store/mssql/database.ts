/**
 * One connection to the server and the transaction on it. The driver only has pools: this is a pool
 * of one, and when its connection is gone it is lost for good, as staging tables, the writer's lock
 * and the open transaction were the connection's.
 */
import {
  BigInt as BigIntType,
  ConnectionPool,
  type config,
  Float,
  type IResult,
  MAX,
  NVarChar,
  Request,
  Transaction,
} from 'mssql';
import { assert } from '../../base/assert.ts';
import { EngineError } from '../../base/errors.ts';
import { bulkLoad } from './bulk-load.ts';
import { explainError, lostConnection } from './errors.ts';
import type { RowPacker } from './row-packer.ts';
import type { MssqlSettings } from './settings.ts';
import type { WireColumn } from './wire-types.ts';

/** Whole numbers go as BIGINT, others as FLOAT(53), NaN and null as NULL. */
export type Parameter = string | number | null;
export type Parameters = Readonly<Record<string, Parameter>>;

/** Bytes of a packet: the most that TLS takes in one piece. */
const PACKET_LENGTH = 16_384;
const READ_CONNECTIONS_MAX = 4;
/** The driver's pool ends what is idle; a writer's connection is not to end. */
const NEVER_MS = 2_147_483_647;

/** The members of the driver's connection that are looked at. */
interface DriverConnection {
  on(event: 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  sendLogin7Packet(): void;
  readonly messageIo?: { readonly tlsNegotiationComplete?: boolean };
}

export class Connection {
  readonly settings: MssqlSettings;
  readonly #pool: ConnectionPool;
  #transaction: Transaction | undefined;
  #isTried = false;
  #current: DriverConnection | undefined;
  #lostBy: Error | undefined;
  #isClosed = false;

  private constructor(settings: MssqlSettings, appName: string) {
    this.settings = settings;
    this.#pool = new ConnectionPool({
      ...driverConfig(settings, appName),
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
      throw explainError(error, settings.where);
    }
    return connection;
  }

  get isLost(): boolean {
    return this.#lostBy !== undefined;
  }

  async begin(): Promise<void> {
    assert(this.#transaction === undefined, 'Invariant: transactions do not nest');
    const transaction = new Transaction(this.#pool);
    await this.#guard(() => transaction.begin());
    this.#transaction = transaction;
  }

  async commit(): Promise<void> {
    const transaction = this.#opened();
    this.#transaction = undefined;
    await this.#guard(() => transaction.commit());
  }

  /** Never fails: a transaction that cannot be rolled back is rolled back with its connection. */
  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction === undefined || this.isLost) return;
    try {
      await transaction.rollback();
    } catch (error) {
      // Aborted by the server (a deadlock's victim): there is nothing left to roll back.
      if ((error as { code?: string }).code !== 'EABORT') this.#lose(error as Error);
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
    const result = await this.#guard(() => this.#request().batch<Row>(sql));
    const rows = (result.recordsets as unknown as Row[][]).at(-1) ?? [];
    return { rows, changes: result.rowsAffected[0] ?? 0 };
  }

  load(table: string, columns: readonly WireColumn[], rows: RowPacker): Promise<void> {
    return this.#guard(() => bulkLoad(this.#opened(), table, columns, rows));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lostBy ??= new Error('connection closed');
    await this.#pool.close().catch(() => {});
  }

  #watch(opened: DriverConnection): void {
    if (this.settings.encrypt !== false) refusePlaintext(opened, this.settings);
    if (!this.#isTried) return;
    if (this.#current !== undefined) this.#lose(new Error('connection lost'));
    this.#current = opened;
    opened.on('end', () => this.#lose(new Error('connection lost')));
    opened.on('error', (error) => this.#lose(error));
  }

  #opened(): Transaction {
    if (this.#transaction === undefined) throw lostConnection(this.settings.where, this.#lostBy);
    return this.#transaction;
  }

  #request(): Request {
    return this.#transaction === undefined
      ? new Request(this.#pool)
      : new Request(this.#transaction);
  }

  #execute<Row>(sql: string, parameters: Parameters): Promise<IResult<Row>> {
    return this.#guard(() => {
      const request = this.#request();
      for (const [name, value] of Object.entries(parameters)) bind(request, name, value);
      return request.query<Row>(sql);
    });
  }

  async #guard<T>(task: () => Promise<T>): Promise<T> {
    if (this.#lostBy !== undefined) throw lostConnection(this.settings.where, this.#lostBy);
    try {
      return await task();
    } catch (error) {
      const explained = explainError(error, this.settings.where);
      // After a timeout or a cut nobody knows what the connection is in the middle of.
      if (explained instanceof EngineError && explained.code === 'store-connection') {
        this.#lose(explained);
      }
      throw explained;
    }
  }

  #lose(error: Error): void {
    this.#lostBy ??= error;
  }
}

/** Connections for reading: as many as are asked for at once, made anew when one is lost. */
export class ReadPool {
  readonly settings: MssqlSettings;
  readonly #pool: ConnectionPool;

  private constructor(settings: MssqlSettings) {
    this.settings = settings;
    this.#pool = new ConnectionPool({
      ...driverConfig(settings, 'tickspine reader'),
      pool: { min: 0, max: READ_CONNECTIONS_MAX },
      beforeConnect: (opened: unknown) => {
        if (settings.encrypt !== false) refusePlaintext(opened as DriverConnection, settings);
      },
    });
    // An `error` event that nobody listens to ends the process; the next query says it again.
    this.#pool.on('error', () => {});
  }

  static async open(settings: MssqlSettings): Promise<ReadPool> {
    const pool = new ReadPool(settings);
    try {
      await pool.#pool.connect();
    } catch (error) {
      await pool.close();
      throw explainError(error, settings.where);
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

function bind(request: Request, name: string, value: Parameter): void {
  if (value === null || Number.isNaN(value)) request.input(name, NVarChar(1), null);
  else if (typeof value === 'string') request.input(name, NVarChar(MAX), value);
  else if (isWhole(value)) request.input(name, BigIntType, value);
  else request.input(name, Float, value);
}

/** Up to 2^53, the end of ranges that have none, which a FLOAT would keep from being a key's. */
function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 53;
}
