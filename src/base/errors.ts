/** Operating errors: what the outside world did. Values or rejections, never asserts. */

/** What the caller should do next: try again, rebuild state, subscribe again, or give up. */
export type RetryClass = 'retry' | 'resync' | 'resubscribe' | 'fatal';

export interface EngineErrorOptions {
  readonly code: string;
  readonly retry: RetryClass;
  readonly cause?: unknown;
}

export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  readonly code: string;
  readonly retry: RetryClass;

  constructor(message: string, options: EngineErrorOptions) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.retry = options.retry;
  }
}

/** Bad input on the command line or in the config: one line for the user, exit code 2. */
export class UsageError extends EngineError {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(message, { code: 'usage', retry: 'fatal' });
  }
}

/** The text of anything that was thrown, in one line. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ');
}

/** True for what the calls of `node:fs` throw. */
export function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
