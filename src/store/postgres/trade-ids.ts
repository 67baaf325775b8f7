/**
 * Which trade ids each place (partition, or day of a hypertable) may hold, by instrument and tape:
 * least and greatest number, and whether there are texts. A trade id is unique over all time, an
 * index only in its partition, so a new trade must be looked for in the others; with ids that rise
 * from month to month none of them can have it, and this is how that is known. Ranges may be too
 * wide, never too narrow: the writer is alone, and widens them before it writes.
 */
import { Common, Trade } from '../../model/record-layout.ts';
import type { RecordBatch } from '../contract.ts';
import type { RowList } from '../server/row-list.ts';
import type { Database } from './database.ts';
import type { TradeTable } from './trade-places.ts';

interface IdRange {
  from: number;
  to: number;
  hasText: boolean;
}

/** Instrument and tape in one number. */
type Stream = number;
export type IdRanges = ReadonlyMap<Stream, Readonly<IdRange>>;

export class TradeIds {
  readonly #places = new Map<string, Map<Stream, IdRange>>();

  static async load(db: Database, tables: readonly TradeTable[]): Promise<TradeIds> {
    const ids = new TradeIds();
    for (const { table, places, isCompressed } of tables) {
      const rows = await db.rows<Loaded>(isCompressed ? wholeSql(table) : probeSql(table));
      for (const { instrument, tape, from, to, hasText } of rows) {
        const range = { from: from ?? NONE, to: to ?? -NONE, hasText };
        for (const place of places) ids.#widen(place, instrument * 2 + tape, range);
      }
    }
    return ids;
  }

  /** Places other than `own` that may hold an id of `ranges`. */
  mayHold(ranges: IdRanges, own: string | undefined): string[] {
    const names: string[] = [];
    for (const [name, held] of this.#places) {
      if (name === own) continue;
      for (const [stream, range] of ranges) {
        const there = held.get(stream);
        if (there === undefined) continue;
        const isNear = there.from <= range.to && range.from <= there.to;
        if (!isNear && !(there.hasText && range.hasText)) continue;
        names.push(name);
        break;
      }
    }
    return names;
  }

  /** Rows of `ranges` are about to be written to `places`. */
  widen(places: readonly string[], ranges: IdRanges): void {
    for (const name of places) {
      for (const [stream, range] of ranges) this.#widen(name, stream, range);
    }
  }

  /** A place is empty, or no more. */
  forget(name: string): void {
    this.#places.delete(name);
  }

  #widen(name: string, stream: Stream, { from, to, hasText }: IdRange): void {
    let held = this.#places.get(name);
    if (held === undefined) {
      held = new Map();
      this.#places.set(name, held);
    }
    const range = held.get(stream);
    if (range === undefined) held.set(stream, { from, to, hasText });
    else {
      range.from = Math.min(range.from, from);
      range.to = Math.max(range.to, to);
      range.hasText ||= hasText;
    }
  }
}

interface Loaded {
  readonly instrument: number;
  readonly tape: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly hasText: boolean;
}

/** Ends of a range without numbers. */
const NONE = Number.POSITIVE_INFINITY;

/** Two key probes an instrument. */
function probeSql(table: string): string {
  const key = (text: string) =>
    `FROM ${table} t WHERE t.instrument = i.id AND t.tape = k.tape AND t.text_id IS ${text}`;
  return `SELECT * FROM (SELECT i.id AS instrument, k.tape,
      (SELECT min(t.trade_id) ${key('NULL')}) AS "from",
      (SELECT max(t.trade_id) ${key('NULL')}) AS "to",
      EXISTS (SELECT ${key('NOT NULL')}) AS "hasText"
    FROM instruments i CROSS JOIN (VALUES (0::smallint), (1::smallint)) k (tape)) held
    WHERE "from" IS NOT NULL OR "hasText"`;
}

function wholeSql(table: string): string {
  return `SELECT instrument, tape,
      min(trade_id) FILTER (WHERE text_id IS NULL) AS "from",
      max(trade_id) FILTER (WHERE text_id IS NULL) AS "to",
      bool_or(text_id IS NOT NULL) AS "hasText"
    FROM ${table} GROUP BY instrument, tape`;
}

/** Ids of rows from..to by instrument and tape. */
export function idRangesOf(
  { bytes: { f64, u16 } }: RecordBatch,
  rows: RowList,
  from: number,
  to: number,
): IdRanges {
  const ranges = new Map<Stream, IdRange>();
  for (let i = from; i < to; i += 1) {
    const at = rows.at[i] as number;
    const stream = (rows.instrument[i] as number) * 2 + (rows.tape[i] as number);
    let range = ranges.get(stream);
    if (range === undefined) {
      range = { from: NONE, to: -NONE, hasText: false };
      ranges.set(stream, range);
    }
    if (u16[(at + Common.aux) >> 1] !== 0) range.hasText = true;
    else {
      const id = f64[(at + Trade.tradeId) >> 3] as number;
      if (id < range.from) range.from = id;
      if (id > range.to) range.to = id;
    }
  }
  return ranges;
}
