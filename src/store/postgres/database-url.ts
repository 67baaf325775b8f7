/**
 * What a `postgres:` URL says: `postgres://user:password@host:port/database?parameter=value`.
 *
 * | parameter | meaning | default |
 * |---|---|---|
 * | `sslmode` | `require` (encrypted), `verify-full`, `disable` | `require`, see below |
 * | `sslrootcert` | certificates to trust, for `verify-full` | those of the system |
 * | `host` | folder of the unix socket, or a host name | that of the URL |
 * | `port` | port where the URL has none | 5432 |
 * | `timeout_ms` | longest wait for an answer, then the connection is cut | 15000 |
 *
 * Without `sslmode`, `disable` holds for a loopback address and a unix socket only.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { errorText, UsageError } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { decodePart, loginFault } from '../server/url-parts.ts';

export const SCHEME = 'postgres';
const PORT = 5432;
const TIMEOUT_MS = 15_000;
const TIMEOUT_MS_RANGE = [100, 600_000] as const;
const SSL_MODES = ['disable', 'require', 'verify-full'] as const;
const PARAMETERS = ['sslmode', 'sslrootcert', 'host', 'port', 'timeout_ms'];

export type SslMode = (typeof SSL_MODES)[number];

export interface DatabaseUrl {
  /** Name, address, or folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  /** PEM text of the certificates to trust. */
  readonly sslRoots: string | undefined;
  readonly timeoutMs: number;
  /** For messages: `host:port/database`. */
  readonly where: string;
}

export function parseDatabaseUrl(text: string): DatabaseUrl {
  const fail = (reason: string): never => {
    throw new UsageError(`store URL '${redactUrl(text)}' ${reason}`);
  };
  const fault = loginFault(text);
  if (fault !== undefined) return fail(fault);
  // A URL without a host, as with a unix socket, is none to the parser.
  const spelled = text.replace(/^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)(?=[/?])/i, '$1socket.invalid');
  if (!/^postgres(ql)?:\/\//i.test(spelled) || !URL.canParse(spelled)) {
    return fail('is no URL: use postgres://user:password@host:port/database');
  }
  const url = new URL(spelled);
  const parameters = url.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) fail(`has an unknown parameter '${name}'`);
  }
  const named = url.hostname === 'socket.invalid' ? '' : decodePart(url.hostname, fail);
  const host = parameters.get('host') ?? (named.replace(/^\[|\]$/g, '') || '127.0.0.1');
  const port = Number(url.port || (parameters.get('port') ?? PORT));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(`has no port '${port}'`);
  const database = decodePart(url.pathname.slice(1), fail);
  if (database === '' || database.includes('/')) fail('names no database');
  if (url.username === '') fail('names no user');
  const timeoutMs = Number(parameters.get('timeout_ms') ?? TIMEOUT_MS);
  if (!(timeoutMs >= TIMEOUT_MS_RANGE[0] && timeoutMs <= TIMEOUT_MS_RANGE[1])) {
    fail(`has timeout_ms outside ${TIMEOUT_MS_RANGE.join('..')}`);
  }
  const mode = parameters.get('sslmode') ?? (isLocal(host) ? 'disable' : 'require');
  const sslMode = SSL_MODES.find((known) => known === mode) ?? fail(sslModeFault(mode));
  const rootsPath = parameters.get('sslrootcert');
  const sslRoots = rootsPath === null ? undefined : readRoots(rootsPath, fail);
  return {
    host,
    port,
    database,
    user: decodePart(url.username, fail),
    password: url.password === '' ? undefined : decodePart(url.password, fail),
    sslMode,
    sslRoots,
    timeoutMs,
    where: `${host}:${port}/${database}`,
  };
}

function sslModeFault(mode: string): string {
  return `has sslmode '${mode}': use ${SSL_MODES.join(', ')}`;
}

function readRoots(path: string, fail: (reason: string) => never): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return fail(`has an sslrootcert that cannot be read: ${errorText(error)}`);
  }
}

/** A unix socket, or an address of this very machine. */
function isLocal(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host.startsWith('/') || host === 'localhost' || host === '::1';
}
