/**
 * One connection to PostgreSQL: queries, bulk load, and an end to waiting. An answer that does not
 * come within `timeoutMs` cuts the connection, whatever the server is doing: a server that stands
 * still keeps its sockets open. The server itself is told to give up a little earlier.
 *
 * Durability: as the server is set (`synchronous_commit`); what `write` resolved for is on its disk
 * by default.
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { every } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import { CopyIn, type EncodeMessages } from './copy-in.ts';
import type { DatabaseUrl } from './database-url.ts';
import { explainError } from './server-errors.ts';
import { rowTypes } from './sql-values.ts';

/** Part of the timeout after which the server gives a statement up by itself. */
const SERVER_SHARE = 0.8;

export type Row = Record<string, unknown>;
export type SqlValue = string | number | boolean | null | readonly (string | number | null)[];

export class Database {
  readonly where: string;
  readonly #client: pg.Client;
  readonly #timeoutMs: number;
  #isLost = false;
  #isPatient = false;

  private constructor(client: pg.Client, { where, timeoutMs }: DatabaseUrl) {
    this.#client = client;
    this.where = where;
    this.#timeoutMs = timeoutMs;
    // A connection that breaks between two calls; the next call finds out.
    client.on('error', () => {
      this.#isLost = true;
    });
    client.on('end', () => {
      this.#isLost = true;
    });
  }

  /**
   * `settings`: of the session, by name. `isPatient`: an answer may take as long as it does; the
   * connection itself must still come in time.
   */
  static async connect(
    url: DatabaseUrl,
    applicationName: string,
    settings: Readonly<Record<string, string>> = {},
    isPatient = false,
  ): Promise<Database> {
    const { host, port, database, user, password, sslMode, timeoutMs } = url;
    const client = new pg.Client({
      host,
      port,
      database,
      user,
      ...(password === undefined ? {} : { password }),
      ssl: sslMode === 'disable' ? false : sslOptions(url),
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
      types: rowTypes,
      options: serverOptions({
        timezone: 'UTC',
        datestyle: 'ISO',
        statement_timeout: isPatient ? '0' : String(Math.round(timeoutMs * SERVER_SHARE)),
        ...settings,
      }),
    });
    const connected = new Database(client, url);
    try {
      await connected.#within(client.connect());
    } catch (error) {
      connected.#cut();
      throw explainError(error, url.where, sslMode);
    }
    connected.#isPatient = isPatient;
    return connected;
  }

  /** Nothing more can be done with it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Process of the server that serves this connection. */
  get processId(): number {
    return (this.#client as unknown as { readonly processID: number }).processID;
  }

  /** Rows of one statement. `name`: it is prepared once and used again. */
  async rows<T extends object = Row>(
    text: string,
    values: readonly SqlValue[] = [],
    name?: string,
  ): Promise<T[]> {
    return (await this.#query(text, values, name)).rows as T[];
  }

  /** How many rows a statement changed. */
  async run(text: string, values: readonly SqlValue[] = [], name?: string): Promise<number> {
    return (await this.#query(text, values, name)).rowCount ?? 0;
  }

  /** Several statements in one text. */
  async script(text: string): Promise<void> {
    await this.#guarded(() => this.#client.query(text));
  }

  /** `COPY … FROM STDIN` of the messages that `encode` makes with a `CopyBuffer`; returns rows. */
  copy(text: string, encode: EncodeMessages): Promise<number> {
    return this.#guarded(
      () =>
        new Promise<number>((resolve, reject) => {
          const load: unknown = new CopyIn(text, encode, resolve, reject);
          this.#client.query(load as pg.Submittable);
        }),
    );
  }

  /** Never waits long and never throws. */
  async close(): Promise<void> {
    if (this.#isLost) {
      this.#cut();
      return;
    }
    try {
      await this.#within(this.#client.end());
    } catch {
      this.#cut();
    }
    this.#isLost = true;
  }

  #query(text: string, values: readonly SqlValue[], name?: string): Promise<pg.QueryResult> {
    const prepared = name === undefined ? {} : { name };
    return this.#guarded(() => this.#client.query({ text, values: [...values], ...prepared }));
  }

  async #guarded<T>(task: () => Promise<T>): Promise<T> {
    try {
      if (this.#isLost) throw new Error('the connection is closed');
      return await this.#within(task());
    } catch (error) {
      const explained = explainError(error, this.where);
      if (explained instanceof EngineError && explained.code === 'store-lost') this.#cut();
      throw explained;
    }
  }

  /** Settles as `answer` does, or rejects and cuts the connection when it takes too long. */
  #within<T>(answer: Promise<T>): Promise<T> {
    if (this.#isPatient) return answer;
    return new Promise((resolve, reject) => {
      const timer = every(this.#timeoutMs, () => {
        timer.stop();
        this.#cut();
        const wait = `no answer within ${this.#timeoutMs} ms`;
        const message = `${this.where}: ${wait}: is the server stuck?`;
        reject(new EngineError(message, { code: 'store-timeout', retry: 'retry' }));
      });
      answer.then(
        (value) => {
          timer.stop();
          resolve(value);
        },
        (error: unknown) => {
          timer.stop();
          reject(error as Error);
        },
      );
    });
  }

  /** Ends the socket at once, without a word to the server. */
  #cut(): void {
    this.#isLost = true;
    (this.#client as unknown as Cuttable).connection.stream.destroy();
  }
}

/** The part of the driver's client that its types leave out. */
interface Cuttable {
  readonly connection: { readonly stream: { destroy(): void } };
}

/** The name is checked here: an address is no name to the TLS library, which then checks none. */
function sslOptions({ host, sslMode, sslRoots }: DatabaseUrl): ConnectionOptions {
  return {
    rejectUnauthorized: sslMode === 'verify-full',
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(sslRoots === undefined ? {} : { ca: sslRoots }),
  };
}

/** `-c name=value …`; blanks and backslashes in values are escaped. */
function serverOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}
