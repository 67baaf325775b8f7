/** Parts of a store URL: what must be percent-encoded and is not, and the host in messages. */

const ADVICE =
  'percent-encode what is special in user and password: %25 for %, %2F for /, %3F for ?, ' +
  '%23 for #, %40 for @';

/** What is wrong with a URL whose password holds `/`, `?` or `#` as they are; else undefined. */
export function loginFault(url: string): string | undefined {
  return /:\/\/[^/?#]*[/?#].*@/s.test(url) ? `has an @ behind /, ? or #: ${ADVICE}` : undefined;
}

/** `part` decoded. `fail` throws. */
export function decodePart(part: string, fail: (reason: string) => never): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return fail(`has a % that encodes nothing: ${ADVICE}`);
  }
}

/** `text` without the host of `where` (`host:port/database`): its name tells of no fault. */
export function withoutHost(text: string, where: string): string {
  return text.replaceAll(where.replace(/:\d+\/.*$/s, ''), '');
}
