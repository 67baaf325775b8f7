/**
 * Pages of rows that are ordered by time and may share one time (a sweep prints hundreds of trades
 * in one millisecond).
 *
 * Rows have a total order: time, then key. A page ends at a position (time and key of its last
 * row), the next begins right after it. So rows that are inserted while a client pages neither
 * shift nor repeat what comes: an offset would, and a bare time would lose the rest of a sweep.
 * Stores need not agree on how they order rows of one time: such a group is read whole and ordered
 * here.
 */
import { HttpProblem } from './problem.ts';

export type KeyPart = string | number | null;

export interface PagePosition {
  readonly us: number;
  readonly key: readonly KeyPart[];
  /**
   * Rows of this time and key that were given already. Keys are made of what a row shows, and some
   * rows differ only in what it does not (the channel of a stale stream): those are counted off.
   */
  readonly seen: number;
}

export interface PageSource<Row> {
  /** Rows with startUs ≤ time < endUs, in time order, at most `limit`. */
  read(range: TimeRange, limit: number): Promise<Row[]>;
  timeOf(row: Row): number;
  /** What tells rows of one time apart; undefined when no two rows share a time. */
  readonly keyOf?: (row: Row) => readonly KeyPart[];
  /** Where the row after one of time `us` may begin (ascending order). */
  readonly nextStartUs?: (us: number) => number;
}

export interface TimeRange {
  readonly startUs: number | undefined;
  readonly endUs: number | undefined;
}

export interface PageRequest extends TimeRange {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly after: PagePosition | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Position of the last row when more rows follow now. */
  readonly next: PagePosition | undefined;
}

/** Rows of one time that a page can begin or end in; far beyond any sweep. */
export const GROUP_COUNT_MAX = 50_000;

export async function readPage<Row>(
  source: PageSource<Row>,
  request: PageRequest,
): Promise<Page<Row>> {
  const rows = await readAfterPosition(source, request);
  if (rows.length <= request.limit) {
    const wanted = request.limit + 1 - rows.length;
    const more = await source.read(rangeBeyond(source, request), wanted);
    rows.push(...(more.length < wanted ? more : await completeLastGroup(source, more)));
  }
  rows.sort((a, b) => compareRows(source, request.order, a, b));
  const page = rows.slice(0, request.limit);
  const last = page.at(-1);
  const isMore = rows.length > request.limit && last !== undefined;
  return { rows: page, next: isMore ? positionOf(source, page, last, request.after) : undefined };
}

/** Rows that share the position's time and come after it. */
async function readAfterPosition<Row>(
  source: PageSource<Row>,
  { after, order }: PageRequest,
): Promise<Row[]> {
  if (after === undefined || source.keyOf === undefined) return [];
  const keyOf = source.keyOf;
  const sign = order === 'asc' ? 1 : -1;
  let skipped = 0;
  return (await readGroup(source, after.us)).filter((row) => {
    const side = sign * compareKeys(keyOf(row), after.key);
    if (side !== 0) return side > 0;
    skipped += 1;
    return skipped > after.seen;
  });
}

/** The rest of the range, without the time of the position. */
function rangeBeyond<Row>(source: PageSource<Row>, request: PageRequest): TimeRange {
  const { startUs, endUs, after, order } = request;
  if (after === undefined) return { startUs, endUs };
  if (order === 'desc') return { startUs, endUs: after.us };
  return { startUs: source.nextStartUs?.(after.us) ?? after.us + 1, endUs };
}

/** The limit may have cut through rows of one time: takes those out and reads them whole. */
async function completeLastGroup<Row>(source: PageSource<Row>, rows: Row[]): Promise<Row[]> {
  const last = rows.at(-1);
  if (source.keyOf === undefined || last === undefined) return rows;
  const lastUs = source.timeOf(last);
  const before = rows.filter((row) => source.timeOf(row) !== lastUs);
  return [...before, ...(await readGroup(source, lastUs))];
}

async function readGroup<Row>(source: PageSource<Row>, us: number): Promise<Row[]> {
  const group = await source.read({ startUs: us, endUs: us + 1 }, GROUP_COUNT_MAX);
  if (group.length < GROUP_COUNT_MAX) return group;
  throw new HttpProblem(
    'not_derivable',
    `more than ${GROUP_COUNT_MAX} rows share the time ${us} µs: name one instrument`,
  );
}

function positionOf<Row>(
  source: PageSource<Row>,
  page: readonly Row[],
  last: Row,
  after: PagePosition | undefined,
): PagePosition {
  const us = source.timeOf(last);
  const key = source.keyOf?.(last) ?? [];
  const isSame = (otherUs: number, other: readonly KeyPart[]) =>
    otherUs === us && compareKeys(other, key) === 0;
  const before = after !== undefined && isSame(after.us, after.key) ? after.seen : 0;
  const here = page.filter((row) => isSame(source.timeOf(row), source.keyOf?.(row) ?? [])).length;
  return { us, key, seen: before + here };
}

function compareRows<Row>(source: PageSource<Row>, order: 'asc' | 'desc', a: Row, b: Row): number {
  const sign = order === 'asc' ? 1 : -1;
  const byTime = source.timeOf(a) - source.timeOf(b);
  if (byTime !== 0 || source.keyOf === undefined) return sign * byTime;
  return sign * compareKeys(source.keyOf(a), source.keyOf(b));
}

/** Part by part: null, then numbers, then texts. */
export function compareKeys(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  for (let i = 0; i < a.length; i += 1) {
    const left = a[i] ?? null;
    const right = b[i] ?? null;
    if (left === right) continue;
    const byKind = rank(left) - rank(right);
    if (byKind !== 0) return byKind;
    return (left as string | number) < (right as string | number) ? -1 : 1;
  }
  return 0;
}

function rank(part: KeyPart): number {
  if (part === null) return 0;
  return typeof part === 'number' ? 1 : 2;
}
