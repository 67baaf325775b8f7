/** What errors of the server and of the connection mean to the engine. */
import { EngineError, errorText, type RetryClass } from '../../base/errors.ts';
import { RowError } from '../server/server-session.ts';
import { withoutHost } from '../server/url-parts.ts';

interface Advice {
  readonly code: string;
  readonly retry: RetryClass;
  readonly advice: string;
}

const RETRY: readonly (readonly [prefix: string, code: string, advice: string])[] = [
  ['08', 'store-lost', 'the connection was lost'],
  ['40P01', 'store-busy', 'a deadlock; the transaction is tried again'],
  ['40', 'store-busy', 'another transaction was in the way'],
  ['55P03', 'store-busy', 'another program holds a lock on it'],
  ['57014', 'store-timeout', 'the server took too long'],
  ['57P', 'store-lost', 'the server is shutting down or starting up'],
  ['53100', 'store-full', 'free disk space on the server'],
  ['53300', 'store-busy', 'the server has no free connection: raise max_connections'],
  ['53', 'store-busy', 'the server is short of memory or disk'],
  ['58', 'store-io', "check the server's disk"],
];
const FATAL: readonly (readonly [prefix: string, code: string, advice: string])[] = [
  ['28', 'store-access', 'check user, password and pg_hba.conf'],
  ['3D000', 'store-missing', 'make the database first (createdb)'],
  ['42501', 'store-access', 'grant the rights of sql/postgres/roles.sql'],
  ['25006', 'store-access', 'the server is read-only (a standby): name its primary'],
  ['XX', 'store-corrupt', "see the server's log"],
];

/** Errors of sockets that will not go away by themselves. */
const TLS_FAULT = /self.signed|certificate|does not support SSL|altnames|ERR_TLS|SSL routines/i;

/** The driver's words about a log-in that it cannot go through with. */
const LOGIN_FAULT = /^SASL: /;

/** `wanted`: the TLS that was asked for, named when the server refuses it. */
export function explainError(error: unknown, where: string, wanted = ''): unknown {
  if (error instanceof EngineError) return error;
  const text = errorText(error);
  const state = sqlState(error);
  if (state !== undefined) {
    const adviceOf = (list: typeof RETRY, retry: RetryClass): Advice | undefined => {
      const known = list.find(([prefix]) => state.startsWith(prefix));
      return known && { code: known[1], retry, advice: known[2] };
    };
    if (isRowFault(state)) return new RowError(`${text} (${state})`, error);
    const known = adviceOf(RETRY, 'retry') ?? adviceOf(FATAL, 'fatal');
    const { code, retry, advice } = known ?? {
      code: 'store-error',
      retry: 'fatal' as const,
      advice: 'see the message',
    };
    return new EngineError(`${where}: ${text} (${state}): ${advice}`, {
      code,
      retry,
      cause: error,
    });
  }
  if (LOGIN_FAULT.test(text)) {
    const advice = text.includes('client password')
      ? 'the server wants a password: give it in the store URL (user:password@host)'
      : 'check user and password, and whose server it is';
    const message = `${where}: ${text}: ${advice}`;
    return new EngineError(message, { code: 'store-access', retry: 'fatal', cause: error });
  }
  if (TLS_FAULT.test(withoutHost(text, where))) {
    return new EngineError(
      `${where}: ${text}: the server gives no TLS as asked (sslmode=${wanted}); set it up there, ` +
        'name its certificate with sslrootcert, or ask for sslmode=disable',
      { code: 'store-tls', retry: 'fatal', cause: error },
    );
  }
  return new EngineError(`${where}: ${text}: the server cannot be reached or hung up`, {
    code: 'store-lost',
    retry: 'retry',
    cause: error,
  });
}

/** Data exceptions and violated constraints blame the row. */
function isRowFault(state: string): boolean {
  return state.startsWith('22') || state.startsWith('23');
}

/** Of an error that the server reported: those have a severity, and EPIPE looks like a state. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; severity?: unknown };
  const isState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  return isState && typeof severity === 'string' ? code : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState((error as { readonly cause?: unknown }).cause) === '23505';
}
