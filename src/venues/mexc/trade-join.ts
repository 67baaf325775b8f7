/**
 * Which trade of a REST page is which trade of the stream, where REST lists trades without ids. Two
 * trades of one instrument with equal time, price, size and side are told apart by counting: the
 * n-th such row of a page is the n-th such trade of the stream. A row that the stream did not bring
 * gets an id made from what it is (`rest:…`), the same in every page that lists it. It keeps that
 * id once it was recorded; a row that was only looked at leaves the name to the stream.
 *
 * Invariant: one trade has one id, whichever source brought it first, as long as it is among the
 * last `KEYS_MAX` different ones of its instrument.
 */
import type { TradeMessage } from '../contract.ts';

export interface JoinedRow {
  readonly id: string;
  /** How many rows like it the page had before it. */
  readonly place: number;
}

interface Group {
  /** Ids of the stream's trades, in order of arrival. */
  readonly stream: string[];
  /** The id each of the group was given: the stream's, or a made one where REST came first. */
  readonly given: string[];
}

const KEYS_MAX = 16_384;
const MADE = 'rest';

export class TradeJoin {
  readonly #groups = new Map<string, Group>();
  /** Times of which the stream brought a trade, with how many groups are of it. */
  readonly #times = new Map<number, number>();
  /** How many rows of each kind the page under way had. */
  readonly #rows = new Map<string, number>();

  /** Gives a trade of the stream, under the venue's id, the one it is to be known by. */
  onStream(trade: TradeMessage): void {
    const id = String(trade.textId);
    const group = this.#groupOf(keyOf(trade), trade.tsUs);
    let place = group.stream.indexOf(id);
    if (place < 0) {
      place = group.stream.length;
      group.stream.push(id);
      group.given[place] ??= id;
    }
    const given = group.given[place] ?? id;
    if (given !== id) trade.textId.set(given);
  }

  startPage(): void {
    this.#rows.clear();
  }

  /** The id for the next row of the page. */
  onRow(trade: TradeMessage): JoinedRow {
    const key = keyOf(trade);
    const place = this.#rows.get(key) ?? 0;
    this.#rows.set(key, place + 1);
    return { id: this.#groups.get(key)?.given[place] ?? `${MADE}:${key}:${place}`, place };
  }

  /** The row became a record: the stream's trade that it is has its id from now on. */
  onRecorded(trade: TradeMessage, { id, place }: JoinedRow): void {
    this.#groupOf(keyOf(trade), trade.tsUs).given[place] ??= id;
  }

  /** Whether the stream, or a recorded row, brought any trade of this time. */
  knowsTime(tsUs: number): boolean {
    return this.#times.has(tsUs);
  }

  #groupOf(key: string, tsUs: number): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= KEYS_MAX) this.#forgetOldest();
    const group: Group = { stream: [], given: [] };
    this.#groups.set(key, group);
    this.#times.set(tsUs, (this.#times.get(tsUs) ?? 0) + 1);
    return group;
  }

  #forgetOldest(): void {
    const oldest = this.#groups.keys().next();
    if (oldest.done === true) return;
    this.#groups.delete(oldest.value);
    const tsUs = Number(oldest.value.split(':', 1)[0]);
    const left = (this.#times.get(tsUs) ?? 1) - 1;
    if (left > 0) this.#times.set(tsUs, left);
    else this.#times.delete(tsUs);
  }
}

function keyOf({ tsUs, price, nativeSize, isSell }: TradeMessage): string {
  return `${tsUs}:${price}:${nativeSize}:${isSell ? 's' : 'b'}`;
}
