/**
 * What the server's and the driver's errors mean to the engine, in one line each.
 *
 * The driver wraps: `number` is the server's error number where there is one, `code` the driver's
 * word, and either may be on an `originalError` or in a list of errors of one statement.
 */
import { EngineError, errorText, type RetryClass } from '../../base/errors.ts';
import { redactText } from '../../base/redact.ts';
import { RowError } from '../server/server-session.ts';
import { withoutHost } from '../server/url-parts.ts';

interface Advice {
  readonly code: string;
  readonly retry: RetryClass;
  readonly advice: string;
}

const LOST: Advice = { code: 'store-connection', retry: 'retry', advice: 'is the server up?' };
const BUSY: Advice = { code: 'store-busy', retry: 'retry', advice: 'it is tried again' };
const FULL: Advice = { code: 'store-full', retry: 'retry', advice: 'free space on the server' };
const LOGIN: Advice = {
  code: 'store-login',
  retry: 'fatal',
  advice: 'check user and password in the store URL',
};
const NO_DATABASE: Advice = {
  code: 'store-database',
  retry: 'fatal',
  advice: 'create the database, or give the user access to it',
};
const DENIED: Advice = {
  code: 'store-permission',
  retry: 'fatal',
  advice: 'run sql/mssql/roles.sql and add the user to its role',
};
const TLS: Advice = {
  code: 'store-tls',
  retry: 'fatal',
  advice: 'install a certificate the machine trusts, or set trustServerCertificate=true',
};
const OTHER: Advice = { code: 'store-error', retry: 'fatal', advice: 'see the message' };

const BY_NUMBER: readonly (readonly [Advice, readonly number[]])[] = [
  [LOGIN, [18452, 18456, 18470, 18486, 18487, 18488]],
  [NO_DATABASE, [911, 4060, 4064, 916]],
  [DENIED, [229, 230, 262, 297, 300, 3704, 15247]],
  [BUSY, [1203, 1204, 1205, 1222, 3960, 3961, 701, 802, 845, 8645, 8651, 17142, 18401]],
  // Azure: throttled, failing over, resources used up.
  [BUSY, [40197, 40501, 40540, 40613, 10928, 10929, 49918, 49919, 49920, 4221, 615]],
  [LOST, [64, 121, 233, 596, 6005, 10053, 10054, 10060, 10061]],
  [FULL, [1101, 1105, 9002, 40544]],
];
/** Constraint, length, range, conversion: a row's own fault. */
const ROW_NUMBERS = new Set([
  220, 232, 241, 242, 245, 295, 296, 515, 517, 547, 2601, 2627, 2628, 4815, 4863, 4864, 4867, 4869,
  8114, 8115, 8134, 8152,
]);
const LOST_CODES = new Set([
  'ESOCKET',
  'ETIMEOUT',
  'ECONNCLOSED',
  'ENOTOPEN',
  'ENOCONN',
  'EABORT',
  'ENOTBEGUN',
  'EINVALIDSTATE',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECANCEL',
]);
const TLS_TEXT = /certificate|self.signed|altnames|tls|ssl|handshake/i;
/** From here on the server, not the statement, is in trouble. */
const SEVERE_CLASS = 17;

interface DriverError extends Error {
  readonly code?: string;
  readonly number?: number;
  readonly class?: number;
  readonly originalError?: DriverError & { readonly info?: DriverError };
  readonly precedingErrors?: readonly DriverError[];
}

/** The server's error number, 0 when it is none of the server's. */
export function errorNumber(error: unknown): number {
  for (const each of chainOf(error)) {
    if (typeof each.number === 'number' && each.number !== 0) return each.number;
  }
  return 0;
}

export function explainError(error: unknown, where: string): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const chain = chainOf(error);
  const number = errorNumber(error);
  const text = redactText(errorText(error));
  if (ROW_NUMBERS.has(number)) return new RowError(`${text} (${number})`, error);
  const { code, retry, advice } = adviceFor(number, chain, withoutHost(text, where));
  const name = number === 0 ? (chain[0]?.code ?? 'driver') : number;
  return new EngineError(`${where}: ${text} (${name}): ${advice}`, { code, retry, cause: error });
}

/** An error of our own about a connection that is no more. */
export function lostConnection(where: string, cause?: unknown): EngineError {
  const reason = cause === undefined ? 'connection lost' : errorText(cause);
  const text = `${where}: ${redactText(reason)}: ${LOST.advice}`;
  return new EngineError(text, { code: LOST.code, retry: LOST.retry, cause });
}

function adviceFor(number: number, chain: readonly DriverError[], text: string): Advice {
  const known = BY_NUMBER.find(([, numbers]) => numbers.includes(number));
  if (known !== undefined) return known[0];
  const codes = chain.map(({ code }) => code ?? '');
  if (codes.includes('EENCRYPT') || (number === 0 && TLS_TEXT.test(text))) return TLS;
  if (codes.includes('ELOGIN')) return LOGIN;
  if (codes.some((code) => LOST_CODES.has(code))) return LOST;
  if (chain.some((each) => (each.class ?? 0) >= SEVERE_CLASS)) return BUSY;
  return OTHER;
}

function chainOf(error: unknown): DriverError[] {
  const chain: DriverError[] = [];
  let next = error as DriverError | undefined;
  while (next instanceof Error && chain.length < 5) {
    chain.push(next);
    const info = next.originalError?.info;
    if (info !== undefined) chain.push(info);
    next = next.originalError ?? (next.cause as DriverError | undefined);
  }
  return chain;
}
