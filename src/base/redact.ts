/**
 * Secrets out of texts and values before they reach a log, a summary, a session row or a screen.
 * Everything that prints a URL or a config goes through here.
 */

const REDACTED = '[redacted]';
const SECRET_KEY = /pass(word|wd|phrase)?$|secret|token|authorization|api_?key|credential/i;
/** Where a path may hold `:` and `@`: the password ends before it. */
const WEB_PASSWORD = /((?:https?|wss?):\/\/[^\s/?#:@]*):[^\s/?#"']*@/gi;
const STORE_PASSWORD = storePassword();
const STORE_SCHEME = /^[a-z0-9+.-]+:\/\//i;
const QUERY_NAME = '([?&;](?:password|pwd|token|secret|api_?key|signature)=)';
const QUERY_SECRET = new RegExp(`${QUERY_NAME}[^&;\\s"']*`, 'gi');
const QUERY_SECRET_WHOLE = new RegExp(`${QUERY_NAME}[^&;]*`, 'gi');
/** Deeper than any value that is logged; a cycle ends here. */
const DEPTH_MAX = 6;

/**
 * `text` with passwords in URLs (`scheme://user:password@host`, `?password=`) replaced. A password
 * may hold anything that people write without encoding it, blanks and quotes as well; where it then
 * ends is guessed by the host and path behind it.
 */
export function redactText(text: string): string {
  return text
    .replace(WEB_PASSWORD, '$1:***@')
    .replace(STORE_PASSWORD, '$1:***@')
    .replace(QUERY_SECRET, '$1***');
}

/** As `redactText`, of a text that is one store URL: all up to the last `@` is the password. */
export function redactUrl(url: string): string {
  if (/^sqlite:/i.test(url)) return url;
  const userAt = STORE_SCHEME.exec(url)?.[0].length ?? 0;
  const colonAt = url.indexOf(':', userAt);
  const hostAt = url.lastIndexOf('@');
  const hasPassword = colonAt >= 0 && colonAt < hostAt;
  const shown = hasPassword ? `${url.slice(0, colonAt)}:***${url.slice(hostAt)}` : url;
  return shown.replace(QUERY_SECRET_WHOLE, '$1***');
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

/** The password, up to the `@` before the host, of any URL but those of the web and of files. */
function storePassword(): RegExp {
  const scheme = '(?<![a-z0-9+.-])(?!(?:https?|wss?|sqlite|file):)[a-z0-9+.-]+';
  const user = String.raw`${scheme}:\/\/[^\s/?#:]*`;
  // Neither the next URL of the text nor the next member of JSON is of this one.
  const letter = String.raw`(?:(?!:\/\/|"[,:}\]])\S)`;
  const isHostAndPath = String.raw`(?=(?:\[[^\s\]]*\]|[^\s@/:?#]*)(?::\d+)?[/?])`;
  const isNoPort = String.raw`(?!\d{1,5}[/?])`;
  const ways = [
    `${letter}*@${isHostAndPath}`,
    `${isNoPort}(?:${letter}*[ \\t])+?${letter}*@${isHostAndPath}`,
    `${letter}*@`,
    String.raw`\S{0,200}@`,
  ];
  return new RegExp(`(${user}):(?!\\*\\*\\*@)(?:${ways.join('|')})`, 'gi');
}
