/** The ids of each instrument's book and quotes, from the venue's sequence numbers. */
import type { DepthMessage } from '../contract.ts';
import { FOLLOWS_NOTHING } from './book-sync.ts';
import { type Sequence, SequenceTrack } from './sequence-track.ts';

export class BookTracks {
  readonly #books = new Map<number, SequenceTrack>();
  readonly #quotes = new Map<number, SequenceTrack>();

  /**
   * Fills the ids of a message that is whole otherwise; `previous` is null where the venue sends
   * none. Call once a frame: what runs backwards is counted.
   */
  fillIds(message: DepthMessage, sequence: Sequence, previous: Sequence | null): void {
    let track = this.#books.get(message.instrument);
    if (track === undefined) {
      track = new SequenceTrack();
      this.#books.set(message.instrument, track);
      // An update before any snapshot: it has an id, and nothing it could follow.
      track.restart(sequence);
    }
    message.previousId = Number.NaN;
    if (message.isSnapshot) {
      message.lastId = track.restart(sequence);
    } else {
      message.lastId = track.idOf(sequence);
      if (previous !== null) message.previousId = previousIdOf(track.idOf(previous));
      if (track.judge(message.lastId) === 'astray') {
        message.lastId = Number.MAX_SAFE_INTEGER;
        message.previousId = FOLLOWS_NOTHING;
      }
    }
    message.firstId = message.lastId;
  }

  /** True for a quote that a newer one has overtaken, as while two connections overlap. */
  isOldQuote(instrument: number, sequence: Sequence | null): boolean {
    if (sequence === null) return false;
    let track = this.#quotes.get(instrument);
    if (track === undefined) {
      track = new SequenceTrack();
      this.#quotes.set(instrument, track);
      track.restart(sequence);
      return false;
    }
    const id = track.idOf(sequence);
    // Equal ones are repeats, or changes that the sequence does not count.
    const isOld = id < track.newest && track.judge(id) === 'old';
    if (!isOld) track.restart(sequence);
    return isOld;
  }
}

/** An update that is too far from the base to follow anything known follows nothing. */
function previousIdOf(id: number): number {
  return Number.isNaN(id) ? FOLLOWS_NOTHING : id;
}
