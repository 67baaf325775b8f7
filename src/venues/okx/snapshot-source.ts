/**
 * Where a book's snapshot comes from. Until now the stream brings it right after subscribing; the
 * venue has announced (2026-02) that it will not, and that REST then carries the ids. Which of both
 * holds is seen from the frames: an update where the snapshot was due, or twice nothing at all.
 */
const SILENT_SUBSCRIPTIONS = 2;

interface Source {
  /** Subscribed, and the snapshot was not there yet. */
  isDue: boolean;
  /** Subscriptions in a row without a snapshot. */
  missed: number;
}

export class SnapshotSource {
  /** By instrument index. */
  readonly #sources = new Map<number, Source>();

  onSubscribed(instrument: number): void {
    const source = this.#of(instrument);
    if (source.isDue) source.missed += 1;
    source.isDue = true;
  }

  onSnapshot(instrument: number): void {
    const source = this.#of(instrument);
    source.isDue = false;
    source.missed = 0;
  }

  onUpdate(instrument: number): void {
    const source = this.#of(instrument);
    if (!source.isDue) return;
    source.isDue = false;
    source.missed = SILENT_SUBSCRIPTIONS;
  }

  /** True when REST has to be asked: subscribing anew would bring none. */
  isRest(instrument: number): boolean {
    return (this.#sources.get(instrument)?.missed ?? 0) >= SILENT_SUBSCRIPTIONS;
  }

  #of(instrument: number): Source {
    const known = this.#sources.get(instrument);
    if (known !== undefined) return known;
    const source = { isDue: false, missed: 0 };
    this.#sources.set(instrument, source);
    return source;
  }
}
