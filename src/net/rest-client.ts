/** HTTP GET with a time limit; every outcome is a value. */
import { errorText } from '../base/errors.ts';

export interface RestAnswer {
  readonly url: string;
  /** HTTP status, or 0 when there was no answer; `body` then says why. */
  readonly status: number;
  readonly body: string;
  /** From `Retry-After`, µs; 0 when absent. */
  readonly retryAfterUs: number;
}

const TIMEOUT_MS = 10_000;
const US_PER_SECOND = 1_000_000;

export async function restGet(url: string): Promise<RestAnswer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    const retryAfter = Number(response.headers.get('retry-after') ?? '0');
    const retryAfterUs = Number.isFinite(retryAfter) ? retryAfter * US_PER_SECOND : 0;
    return { url, status: response.status, body, retryAfterUs };
  } catch (error) {
    return { url, status: 0, body: errorText(error), retryAfterUs: 0 };
  }
}
