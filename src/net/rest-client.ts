/** HTTP GET, or POST of JSON, with a time limit; every outcome is a value. */
import { errorText } from '../base/errors.ts';

export interface RestAnswer {
  /** As it was asked, fragment included. */
  readonly url: string;
  /** HTTP status, or 0 when there was no answer; `body` then says why. */
  readonly status: number;
  readonly body: string;
  /** From `Retry-After`, µs; 0 when absent. */
  readonly retryAfterUs: number;
}

const TIMEOUT_MS = 10_000;
const US_PER_SECOND = 1_000_000;

/** GET, or POST of `body` where there is one. A fragment of `url` is not sent. */
export async function restFetch(url: string, body?: string): Promise<RestAnswer> {
  const post =
    body === undefined
      ? {}
      : { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url.replace(/#.*$/, ''), { ...post, signal });
    const text = await response.text();
    const retryAfter = Number(response.headers.get('retry-after') ?? '0');
    const retryAfterUs = Number.isFinite(retryAfter) ? retryAfter * US_PER_SECOND : 0;
    return { url, status: response.status, body: text, retryAfterUs };
  } catch (error) {
    return { url, status: 0, body: errorText(error), retryAfterUs: 0 };
  }
}
