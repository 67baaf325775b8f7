/** Which partitions the rows of a list go to. */
import { Common } from '../../model/record-layout.ts';
import type { RecordBatch } from '../contract.ts';
import type { BulkTable, RowList } from '../server/row-list.ts';
import { monthOf, PARTITIONED, type PartitionedTable, type PartitionSet } from './partitions.ts';

export function isPartitioned(table: BulkTable): table is PartitionedTable {
  return (PARTITIONED as readonly string[]).includes(table);
}

/** One time of each month that rows from..to lie in: trades by venue time, others by receipt. */
function monthsOf(
  table: PartitionedTable,
  { bytes }: RecordBatch,
  rows: RowList,
  from: number,
  to: number,
): number[] {
  if (from >= to) return [];
  const offset = table === 'trade' ? Common.tsUs : Common.recvUs;
  const times = new Map<number, number>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i += 1) {
    const us = bytes.f64[((rows.at[i] as number) + offset) >> 3] as number;
    if (us < first) first = us;
    if (us > last) last = us;
  }
  if (monthOf(first) === monthOf(last)) return [first];
  for (let i = from; i < to; i += 1) {
    const us = bytes.f64[((rows.at[i] as number) + offset) >> 3] as number;
    times.set(monthOf(us), us);
  }
  return [...times.values()];
}

/** Makes the partitions that are missing; in no transaction. */
export async function makePartitions(
  partitions: PartitionSet,
  table: PartitionedTable,
  batch: RecordBatch,
  rows: RowList,
): Promise<void> {
  for (const us of monthsOf(table, batch, rows, 0, rows.count)) await partitions.ensure(table, us);
}

/** Names of the partitions, each once. */
export function partitionsOf(
  partitions: PartitionSet,
  table: PartitionedTable,
  batch: RecordBatch,
  rows: RowList,
  from: number,
  to: number,
): string[] {
  const times = monthsOf(table, batch, rows, from, to);
  return [...new Set(times.map((us) => partitions.placeOf(table, us)))];
}
