/** A host of one `BookKeeper` that remembers what it was told, decoded. */
import { at } from '../../src/base/assert.ts';
import { RecordBytes } from '../../src/base/record-bytes.ts';
import type { StatusFields } from '../../src/model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  Common,
  RecordType,
  StatusKind,
} from '../../src/model/record-layout.ts';
import { RECORD_LENGTH_MAX } from '../../src/model/record-sink.ts';
import { createFeedCounters, FEED_COUNTERS } from '../../src/venues/feed-counters.ts';
import { BookKeeper, type BookKeeperOptions } from '../../src/venues/kit/book-keeper.ts';

export interface BookRow {
  readonly type: 'snapshot' | 'delta';
  readonly flags: number;
  readonly tsUs: number;
  readonly recvUs: number;
  readonly firstSequence: number;
  readonly sequence: number;
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
}

const STATUS_NAMES = Object.entries(StatusKind).reduce<Record<number, string>>((names, [n, id]) => {
  names[id] = n;
  return names;
}, {});

export class BookHostProbe {
  readonly rows: BookRow[] = [];
  readonly statuses: StatusFields[] = [];
  readonly counters = createFeedCounters();
  readonly keeper: BookKeeper;
  requests = 0;

  constructor(options: Partial<BookKeeperOptions> & Pick<BookKeeperOptions, 'rule'>) {
    const scratch = RecordBytes.allocate(RECORD_LENGTH_MAX);
    this.keeper = new BookKeeper(
      { instrument: 7, depth: 5, intervalUs: 1_000, deltas: false, ...options },
      {
        sink: { scratch, emit: (type) => this.rows.push(readRow(scratch, type)) },
        requestSnapshot: () => {
          this.requests += 1;
        },
        status: (fields) => this.statuses.push(fields),
      },
      this.counters,
    );
  }

  count(name: (typeof FEED_COUNTERS)[number]): number {
    return at(this.counters, FEED_COUNTERS.indexOf(name));
  }

  kinds(): string[] {
    return this.statuses.map((status) => at(STATUS_NAMES as unknown as string[], status.kind));
  }
}

function readRow(bytes: RecordBytes, type: number): BookRow {
  const { f64, u32, u16 } = bytes;
  const isDelta = type === RecordType.bookDelta;
  const bidCount = at(u32, (isDelta ? BookDelta.bidCount : BookSnapshot.bidCount) >> 2);
  const askCount = at(u32, (isDelta ? BookDelta.askCount : BookSnapshot.askCount) >> 2);
  const start = (isDelta ? BOOK_DELTA_LENGTH : BOOK_SNAPSHOT_LENGTH) >> 3;
  const levels = Array.from(
    { length: bidCount + askCount },
    (_, i) => [at(f64, start + 2 * i), at(f64, start + 2 * i + 1)] as const,
  );
  return {
    type: isDelta ? 'delta' : 'snapshot',
    flags: at(u16, Common.flags >> 1),
    tsUs: at(f64, Common.tsUs >> 3),
    recvUs: at(f64, Common.recvUs >> 3),
    firstSequence: isDelta ? at(f64, BookDelta.firstSequence >> 3) : Number.NaN,
    sequence: at(f64, (isDelta ? BookDelta.sequence : BookSnapshot.sequence) >> 3),
    bids: levels.slice(0, bidCount),
    asks: levels.slice(bidCount),
  };
}
