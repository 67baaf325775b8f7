/**
 * A real PostgreSQL for tests: the binaries of the machine, a new cluster in a temporary folder, a
 * free port on 127.0.0.1, a unix socket in the folder, TLS offered. The server refuses to run as
 * root, so it runs as `postgres` or `nobody` then. It ends with this process, however that ends.
 */

import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Subprocess, spawnSync } from 'bun';
import pg from 'pg';
import { createCertificate } from './certificate.ts';
import { until } from './condition.ts';
import type { PostgresHost } from './postgres-outside.ts';

const INSTALLS = '/usr/lib/postgresql';
const START_LIMIT_MS = 60_000;
export const SUPERUSER = 'tickspine_admin';
const PASSWORD = 'only-for-tests';

interface Unprivileged {
  readonly uid: number;
  readonly gid: number;
}

/** Folder of the newest installed server's programs, or undefined. */
function binaryFolder(): string | undefined {
  if (!existsSync(INSTALLS)) return undefined;
  const versions = readdirSync(INSTALLS).sort((a, b) => Number(b) - Number(a));
  return versions.map((name) => join(INSTALLS, name, 'bin')).find((path) => existsSync(path));
}

/** Whom to run as: undefined when this process is no root and may run it itself. */
function unprivilegedUser(): Unprivileged | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync(['id', flag, name]).stdout.toString());
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Why no server can be started here, or ''. */
export function postgresSkipReason(): string {
  if (binaryFolder() === undefined) return `no PostgreSQL server in ${INSTALLS}`;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && unprivilegedUser() === undefined) return 'root, and no user to run PostgreSQL as';
  return '';
}

/** What `postgres --version` says; '' without a server. */
export function postgresVersion(): string {
  const folder = binaryFolder();
  if (folder === undefined) return '';
  const { stdout } = Bun.spawnSync([join(folder, 'postgres'), '--version']);
  return /\d+(\.\d+)*/.exec(stdout.toString())?.[0] ?? '';
}

export class PostgresServer implements PostgresHost {
  readonly folder: string;
  readonly port: number;
  readonly #isDurable: boolean;
  #process: Subprocess | undefined;
  #databaseCount = 0;

  private constructor(folder: string, port: number, isDurable: boolean) {
    this.folder = folder;
    this.port = port;
    this.#isDurable = isDurable;
  }

  /** A new cluster, running. Not durable: without fsync, for tests in which it is never killed. */
  static async start(isDurable = true): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'tickspine-pg-'));
    const server = new PostgresServer(folder, await freePort(), isDurable);
    process.on('exit', () => server.#remove());
    server.#initialise();
    await server.restart();
    return server;
  }

  /** URL of a database for the superuser over TCP. */
  url(database = 'postgres', parameters = ''): string {
    const user = `${SUPERUSER}:${PASSWORD}`;
    return `postgres://${user}@127.0.0.1:${this.port}/${database}${parameters}`;
  }

  /** URL through the unix socket, where everyone is let in. */
  socketUrl(database = 'postgres', user = SUPERUSER): string {
    const host = encodeURIComponent(this.folder);
    return `postgres://${user}@/${database}?host=${host}&port=${this.port}`;
  }

  /** Name of a new, empty database. */
  async createDatabase(): Promise<string> {
    this.#databaseCount += 1;
    const name = `test_${process.pid}_${this.#databaseCount}`;
    await this.query('postgres', `CREATE DATABASE ${name}`);
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.query('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  /** Rows of a query by the superuser, on a connection of its own. */
  async query(
    database: string,
    sql: string,
    options: pg.ClientConfig = {},
  ): Promise<Record<string, unknown>[]> {
    const where = { host: this.folder, port: this.port, user: SUPERUSER, database };
    const client = new pg.Client({ ...where, ...options });
    await client.connect();
    try {
      return (await client.query(sql)).rows ?? [];
    } finally {
      await client.end();
    }
  }

  /** Starts the server when it is not running, and waits until it answers. */
  async restart(): Promise<void> {
    await until(
      'PostgreSQL answers',
      async () => {
        // Workers of a killed server may still hold its memory for a moment: it then ends at once.
        if (this.#process === undefined || this.#process.exitCode !== null) this.#spawn();
        return this.query('postgres', 'SELECT 1').then(
          () => true,
          () => false,
        );
      },
      START_LIMIT_MS,
    );
  }

  /** Reads changed settings (`ALTER SYSTEM`), by a restart: the command line must not hide them. */
  async restartWithSettings(): Promise<void> {
    await this.stop();
    await this.restart();
  }

  /** Ends every connection and shuts down in order. */
  async stop(): Promise<void> {
    this.#process?.kill('SIGINT');
    await this.#ended();
  }

  /** As a power cut would: the server and all its workers. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended();
  }

  /** The server and all its workers stand still, their sockets open. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Ends the server for good and removes its folder. */
  async dispose(): Promise<void> {
    this.#remove();
    await this.#ended();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ended(): Promise<void> {
    await this.#process?.exited;
    this.#process = undefined;
  }

  #signal(name: NodeJS.Signals): void {
    for (const pid of this.#pids()) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }

  /** Postmaster and children, from the process table. */
  #pids(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    const children = spawnSync(['pgrep', '-P', String(pid)]).stdout.toString();
    return [pid, ...children.split('\n').filter(Boolean).map(Number)];
  }

  #remove(): void {
    this.resume();
    this.#process?.kill('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  #initialise(): void {
    const user = unprivilegedUser();
    const owner = user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const passwordFile = join(this.folder, 'password');
    createCertificate(this.folder, 'IP:127.0.0.1');
    run(['sh', '-c', `printf %s '${PASSWORD}' > '${passwordFile}'`]);
    for (const name of ['.', 'server.crt', 'server.key', 'password']) {
      chownSync(join(this.folder, name), owner.uid, owner.gid);
      chmodSync(join(this.folder, name), name === '.' ? 0o755 : 0o600);
    }
    run([
      ...asUser(user),
      this.#program('initdb'),
      `--pgdata=${this.#data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ]);
    appendFileSync(join(this.#data, 'postgresql.conf'), '\nssl = on\n');
  }

  #spawn(): void {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.folder,
      ssl_cert_file: join(this.folder, 'server.crt'),
      ssl_key_file: join(this.folder, 'server.key'),
      max_connections: '40',
      ...(this.#isDurable ? {} : { fsync: 'off', full_page_writes: 'off' }),
      log_min_messages: 'fatal',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#process = Bun.spawn(
      [
        ...asUser(unprivilegedUser()),
        this.#program('postgres'),
        '-D',
        this.#data,
        '-p',
        String(this.port),
        ...options,
      ],
      { cwd: this.folder, stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    );
    this.#process.unref();
  }

  #program(name: string): string {
    return join(binaryFolder() ?? '', name);
  }
}

/** A command prefix that drops root and ends the program when this process ends. */
function asUser(user: Unprivileged | undefined): string[] {
  if (user === undefined) return [];
  const { uid, gid } = user;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig=SIGQUIT'];
}

function run(command: string[]): void {
  const { success, stderr } = spawnSync(command, { cwd: tmpdir() });
  if (!success) throw new Error(`${command[0]} failed: ${stderr.toString()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

let shared: Promise<PostgresServer> | undefined;

/** The one server of a test run; tests that stop or pause a server start their own. */
export function sharedPostgres(): Promise<PostgresServer> {
  shared ??= PostgresServer.start(false);
  return shared;
}
