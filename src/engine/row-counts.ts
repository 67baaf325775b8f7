/** What a written batch adds to the writer's counters. */
import type { CounterRegion } from '../shm/counter-region.ts';
import type { WriteResult } from '../store/contract.ts';
import type { WRITER_COUNTERS } from './counters.ts';

export function countRows(
  counters: CounterRegion<(typeof WRITER_COUNTERS)[number]>,
  result: WriteResult,
): void {
  counters.add('batches');
  counters.add('rows', rowsOf(result));
  counters.add('trades', result.trades);
  counters.add('trade_duplicates', result.tradeDuplicates);
  counters.add('quotes', result.quotes);
  counters.add('book_snapshots', result.bookSnapshots);
  counters.add('book_deltas', result.bookDeltas);
  counters.add('candles', result.candles);
  counters.add('derivatives', result.derivatives);
  counters.add('liquidations', result.liquidations);
  counters.add('gaps', result.gaps);
  counters.add('quarantined', result.quarantined);
}

/** Rows inserted or changed; duplicates are none. */
function rowsOf({ tradeDuplicates: _, ...rows }: WriteResult): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
