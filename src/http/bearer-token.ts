/**
 * Access: an address that other machines reach needs a bearer token; loopback does not. Tokens are
 * compared by their SHA-256 in constant time, so neither content nor length leaks through timing.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { UsageError } from '../base/errors.ts';

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    plain === 'localhost' ||
    plain === '::1' ||
    plain === '0:0:0:0:0:0:0:1' ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(plain)
  );
}

/** Throws `UsageError` when `host` may not be bound with this `token`. */
export function assertMayBind(host: string, token: string | undefined): void {
  // An unset variable in the config must not become "no token needed".
  if (token !== undefined && !/^\S+$/.test(token)) {
    throw new UsageError('http: the token is empty or holds blanks');
  }
  if (token === undefined && !isLoopback(host)) {
    throw new UsageError(
      `http: ${host === '' ? 'every address' : host} is reachable from other machines: ` +
        'set a token, or bind 127.0.0.1',
    );
  }
}

/** Checks an `Authorization` header against `token`. */
export function createTokenCheck(token: string): (header: string | undefined) => boolean {
  const wanted = digest(token);
  return (header) => {
    const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), wanted);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
