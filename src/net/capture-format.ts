/**
 * Capture format 1: what the writer and the reader of captures share.
 *
 * ```text
 * #capture 1
 * <recv_us> <feed>#<connection> <kind> <payload: the rest of the line>
 * ```
 *
 * A payload never holds a line break. Frames that do are kept as `bin`, byte for byte; the text of
 * other kinds gets a space in its place.
 */

export const CAPTURE_HEADER = '#capture 1';

export const CAPTURE_KINDS = ['open', 'sent', 'text', 'bin', 'rest', 'close'] as const;
export type CaptureKind = (typeof CAPTURE_KINDS)[number];

/** An HTTP answer as a capture holds it. */
export interface CapturedAnswer {
  readonly url: string;
  /** 0: no answer came. */
  readonly status: number;
  readonly body: string;
}

/** `{"url":…,"status":…,"body":…}`: a JSON body stands as it came, any other text as a string. */
export function restPayload(answer: CapturedAnswer): string {
  const { url, status, body } = answer;
  const raw = isJsonContainer(body) ? singleLine(body) : JSON.stringify(body);
  return `{"url":${JSON.stringify(url)},"status":${status},"body":${raw}}`;
}

const REST_HEAD = /^\{"url":("(?:[^"\\]|\\.)*"),"status":(\d+),"body":/;

/**
 * The reverse of `restPayload`; undefined when `payload` is none. A JSON body comes back as the
 * text it was, so numbers beyond 2^53 keep their digits.
 */
export function parseRestPayload(payload: string): CapturedAnswer | undefined {
  const head = REST_HEAD.exec(payload);
  if (head === null || !payload.endsWith('}')) return parseForeignRest(payload);
  const raw = payload.slice(head[0].length, -1);
  const url = parseJson(head[1] ?? '');
  const body = raw.startsWith('"') ? parseJson(raw) : raw;
  if (typeof url !== 'string' || typeof body !== 'string') return undefined;
  return { url, status: Number(head[2]), body };
}

/** Other tools may order the fields differently; their bodies are written anew. */
function parseForeignRest(payload: string): CapturedAnswer | undefined {
  const fields = parseJson(payload);
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { url, status, body } = fields as { url?: unknown; status?: unknown; body?: unknown };
  if (typeof url !== 'string' || typeof status !== 'number' || body === undefined) return undefined;
  return { url, status, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Line breaks as spaces: inside JSON they can only stand between tokens. */
export function singleLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

function isJsonContainer(text: string): boolean {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
