/**
 * `mssql://user:password@host:port/database?…` taken apart. Parameters:
 *
 * | name | default | meaning |
 * |---|---|---|
 * | `encrypt` | `true` | `false` plain text, `strict` TLS before all else (TDS 8) |
 * | `trustServerCertificate` | `false` | take a certificate nobody vouches for |
 * | `serverName` | the host | the name that the certificate must be of |
 * | `applicationIntent` | `ReadWrite` | of readers: `ReadOnly` goes to a readable replica |
 * | `mode` | `global` | of readers: `per_pair` reads candles from `…_klines` tables or views |
 * | `resample` | `reader` | of readers: `server` adds up other timeframes in the server |
 * | `timeout_ms` | `15000` | longest wait for one answer |
 * | `connect_timeout_ms` | `15000` | longest wait until logged in |
 */
import { isIP } from 'node:net';
import { UsageError } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { decodePart, loginFault } from '../server/url-parts.ts';

export const SCHEME = 'mssql';
const PORT = 1_433;
const TIMEOUT_MS = 15_000;

export interface MssqlSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  /** Undefined: the host. */
  readonly serverName: string | undefined;
  readonly isReadOnlyIntent: boolean;
  readonly mode: 'global' | 'per_pair';
  readonly resample: 'reader' | 'server';
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** What messages call the store: no password in it. */
  readonly where: string;
}

const PARAMETERS: Readonly<Record<string, readonly string[] | 'text' | 'number'>> = {
  encrypt: ['true', 'false', 'strict'],
  trustServerCertificate: ['true', 'false'],
  serverName: 'text',
  applicationIntent: ['ReadOnly', 'ReadWrite'],
  mode: ['global', 'per_pair'],
  resample: ['reader', 'server'],
  timeout_ms: 'number',
  connect_timeout_ms: 'number',
};

export function readSettings(url: string): MssqlSettings {
  const fail = (reason: string): never => {
    throw new UsageError(`store URL '${redactUrl(url)}' ${reason}`);
  };
  const fault = loginFault(url);
  if (fault !== undefined) return fail(fault);
  if (!URL.canParse(url)) return fail('is not mssql://user:password@host:port/database');
  const parsed = new URL(url);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const database = decodePart(parsed.pathname.replace(/^\//, ''), fail);
  if (host === '' || database === '' || database.includes('/')) {
    return fail('names no host and database');
  }
  if (parsed.username === '') return fail('names no user');
  const value = (name: string, fallback: string) => parsed.searchParams.get(name) ?? fallback;
  for (const [name, given] of parsed.searchParams) checkParameter(name, given);
  const encryptText = value('encrypt', 'true');
  const encrypt = encryptText === 'strict' ? 'strict' : encryptText === 'true';
  const trustServerCertificate = value('trustServerCertificate', 'false') === 'true';
  const where = `${host}:${parsed.port || PORT}/${database}`;
  return {
    host,
    port: Number(parsed.port || PORT),
    user: decodePart(parsed.username, fail),
    password: decodePart(parsed.password, fail),
    database,
    encrypt,
    trustServerCertificate,
    serverName: tlsName(where, host, encrypt, trustServerCertificate, value('serverName', '')),
    isReadOnlyIntent: value('applicationIntent', 'ReadWrite') === 'ReadOnly',
    mode: value('mode', 'global') === 'per_pair' ? 'per_pair' : 'global',
    resample: value('resample', 'reader') === 'server' ? 'server' : 'reader',
    timeoutMs: Number(value('timeout_ms', `${TIMEOUT_MS}`)),
    connectTimeoutMs: Number(value('connect_timeout_ms', `${TIMEOUT_MS}`)),
    where,
  };
}

function checkParameter(name: string, given: string): void {
  const allowed = PARAMETERS[name];
  if (allowed === undefined) {
    const known = Object.keys(PARAMETERS).join(', ');
    throw new UsageError(`store URL has an unknown parameter '${name}': there are ${known}`);
  }
  if (allowed === 'number') {
    if (!(Number(given) > 0)) throw new UsageError(`store URL: ${name}=${given} is no number > 0`);
  } else if (allowed !== 'text' && !allowed.includes(given)) {
    throw new UsageError(`store URL: ${name}=${given} is not one of ${allowed.join(', ')}`);
  }
}

/** TLS cannot be asked for by an address: a certificate is of a name. */
function tlsName(
  where: string,
  host: string,
  encrypt: boolean | 'strict',
  isTrusted: boolean,
  given: string,
): string | undefined {
  if (given !== '') return given;
  if (encrypt === false || isIP(host) === 0) return undefined;
  if (isTrusted) return 'localhost';
  throw new UsageError(
    `${where}: TLS needs the server's name and ${host} is an address: ` +
      'add serverName=NAME as in its certificate, or encrypt=false',
  );
}
