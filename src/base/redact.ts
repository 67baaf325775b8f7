/**
 * Secrets out of texts and values before they reach a log, a summary, a session row or a screen.
 * Everything that prints a URL or a config goes through here.
 */

const REDACTED = '[redacted]';
const SECRET_KEY = /pass(word|wd|phrase)?$|secret|token|authorization|api_?key|credential/i;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*):[^\s"']*@/gi;
const QUERY_SECRET = /([?&;](?:password|pwd|token|secret|api_?key|signature)=)[^&;\s"']*/gi;
/** Deeper than any value that is logged; a cycle ends here. */
const DEPTH_MAX = 6;

/** `text` with passwords in URLs (`scheme://user:password@host`, `?password=`) replaced. */
export function redactText(text: string): string {
  return text.replace(URL_PASSWORD, '$1:***@').replace(QUERY_SECRET, '$1***');
}

/** A copy of `value` in which members with secret-sounding names and URL passwords are replaced. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (value instanceof Error) return redactText(value.message);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isSecret = SECRET_KEY.test(key) && member !== undefined && member !== null;
    copy[key] = isSecret ? REDACTED : redactValue(member, depth + 1);
  }
  return copy;
}
