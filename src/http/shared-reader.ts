/**
 * One reader of the store for all requests: opened on the first one, given up after the store
 * failed, so that the next request opens another. A reader is closed when nobody reads with it.
 */
import { errorText } from '../base/errors.ts';
import type { StoreReader } from '../store/contract.ts';

interface Lease {
  readonly opening: Promise<StoreReader>;
  useCount: number;
  isGivenUp: boolean;
}

export class SharedReader {
  readonly #open: () => Promise<StoreReader>;
  readonly #onError: (error: unknown) => void;
  #current: Lease | undefined;

  constructor(open: () => Promise<StoreReader>, onError: (error: unknown) => void) {
    this.#open = open;
    this.#onError = onError;
  }

  /** Runs `task` with the reader. `isFault`: the store failed, not the question. */
  async use<T>(
    task: (reader: StoreReader) => Promise<T>,
    isFault: (error: unknown) => boolean,
  ): Promise<T> {
    this.#current ??= { opening: this.#open(), useCount: 0, isGivenUp: false };
    const lease = this.#current;
    lease.useCount += 1;
    try {
      return await task(await lease.opening);
    } catch (error) {
      if (isFault(error)) this.#giveUp(lease);
      throw error;
    } finally {
      lease.useCount -= 1;
      this.#closeUnused(lease);
    }
  }

  /** The reader hangs or the service ends: the next request opens another one. */
  giveUp(): void {
    if (this.#current !== undefined) this.#giveUp(this.#current);
  }

  #giveUp(lease: Lease): void {
    lease.isGivenUp = true;
    if (this.#current === lease) this.#current = undefined;
    this.#closeUnused(lease);
  }

  #closeUnused(lease: Lease): void {
    if (!lease.isGivenUp || lease.useCount > 0) return;
    lease.opening.then(
      (reader) => reader.close().catch((error) => this.#onError(errorText(error))),
      // It never opened, which its users were told.
      () => undefined,
    );
  }
}
