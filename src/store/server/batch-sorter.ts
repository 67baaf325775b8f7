/**
 * Sorts the records of one batch by what becomes of them: rows for bulk load, candles and
 * derivative ticks to merge with stored rows, and deeds for the ledger and coverage in the order of
 * the batch. What cannot be a row becomes a ledger entry here.
 */
import { at } from '../../base/assert.ts';
import type { RecordBytes } from '../../base/record-bytes.ts';
import { readStatus, type StatusRecord } from '../../model/record-codec.ts';
import { Candle, Channel, Common, RecordType, StatusKind } from '../../model/record-layout.ts';
import type { Timeframe } from '../../model/timeframe.ts';
import { BatchCursor } from '../batch-cursor.ts';
import { type CandleInput, readCandle } from '../candle-record.ts';
import type { RecordBatch } from '../contract.ts';
import { type LedgerEntry, ledgerEntry, ledgerKind, quarantineEntry } from '../ledger-entry.ts';
import { isTimeUs, recordContent, recordProblem } from '../record-problem.ts';
import type { TimeRange } from '../time-range.ts';
import { type DerivativeTick, readDerivative } from './derivative-merge.ts';
import { type BulkTable, RowList } from './row-list.ts';

/** Row ids and tapes by the index of the instrument in records; id 0 or undefined: unknown. */
export interface InstrumentIds {
  readonly ids: readonly number[];
  readonly tapes: readonly number[];
}

export interface CandleOf {
  readonly instrument: number;
  readonly timeframe: string;
  readonly input: CandleInput;
}

/** Candles of one instrument (index in records) to make again. */
export interface RebuildRange extends TimeRange {
  readonly instrument: number;
}

/** What a status asks of the ledger, coverage or candles. `id` is a row id, 0 for unknown. */
export type Deed =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly entry: LedgerEntry;
      /** A record of this batch that could not be a row; counted as that, not as a gap. */
      readonly isSetAside: boolean;
    }
  | {
      readonly kind: 'close';
      readonly id: number;
      readonly entry: LedgerEntry;
      /** Candles to make again when the ledger changes by it. */
      readonly rebuild: RebuildRange | undefined;
    }
  | { readonly kind: 'cover'; readonly span: CoverageSpan }
  | { readonly kind: 'rebuild'; readonly range: RebuildRange };

/** Proven to be held. Null ids: by time alone. */
export interface CoverageSpan {
  readonly instrument: number;
  readonly tape: number;
  readonly fromId: number | null;
  readonly toId: number | null;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface SortedBatch {
  readonly batch: RecordBatch;
  readonly rows: Readonly<Record<BulkTable, RowList>>;
  readonly candles: readonly CandleOf[];
  readonly derivatives: readonly DerivativeTick[];
  readonly deeds: readonly Deed[];
  readonly quarantined: number;
  /** Greatest receive time in the batch: its now. */
  readonly nowUs: number;
}

/** Row lists are kept and filled again: one batch at a time. */
export class BatchSorter {
  readonly #timeframes: readonly Timeframe[];
  readonly #withDeltas: boolean;
  readonly #rows: Readonly<Record<BulkTable, RowList>> = {
    trade: new RowList(),
    quote: new RowList(),
    book_snapshot: new RowList(),
    book_delta: new RowList(),
    liquidation: new RowList(),
  };
  #candles: CandleOf[] = [];
  #derivatives: DerivativeTick[] = [];
  #deeds: Deed[] = [];
  #quarantined = 0;

  constructor(timeframes: readonly Timeframe[], withDeltas: boolean) {
    this.#timeframes = timeframes;
    this.#withDeltas = withDeltas;
  }

  sort(batch: RecordBatch, { ids, tapes }: InstrumentIds): SortedBatch {
    this.#clear();
    const { bytes } = batch;
    const cursor = new BatchCursor(batch);
    const timeframeCount = this.#timeframes.length;
    let nowUs = 0;
    while (cursor.next()) {
      const { at: index, type, length } = cursor;
      const problem = recordProblem(bytes, index, type, length, timeframeCount);
      if (problem !== '') {
        const instrument = length >= 4 ? (bytes.u32[index >> 2] as number) : -1;
        this.#quarantine(bytes, index, ids[instrument] ?? 0, problem);
        continue;
      }
      const recvUs = bytes.f64[(index + Common.recvUs) >> 3] as number;
      if (recvUs > nowUs) nowUs = recvUs;
      const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
      const id = ids[instrument] ?? 0;
      if (id !== 0) this.#place(bytes, index, type, id, tapes[instrument] as number);
      else if (!isTick(bytes, index, type)) {
        this.#quarantine(bytes, index, 0, `unknown instrument ${instrument}`);
      }
    }
    this.#rows.trade.groupByInstrument();
    this.#rows.quote.groupByInstrument();
    return {
      batch,
      rows: this.#rows,
      candles: this.#candles,
      derivatives: this.#derivatives,
      deeds: this.#deeds,
      quarantined: this.#quarantined,
      nowUs,
    };
  }

  #clear(): void {
    for (const list of Object.values(this.#rows)) list.clear();
    this.#candles = [];
    this.#derivatives = [];
    this.#deeds = [];
    this.#quarantined = 0;
  }

  #place(bytes: RecordBytes, index: number, type: number, id: number, tape: number): void {
    if (type === RecordType.trade) this.#rows.trade.push(index, id, tape);
    else if (type === RecordType.quote) this.#rows.quote.push(index, id, tape);
    else if (type === RecordType.bookSnapshot) this.#rows.book_snapshot.push(index, id, tape);
    else if (type === RecordType.bookDelta) {
      if (this.#withDeltas) this.#rows.book_delta.push(index, id, tape);
    } else if (type === RecordType.candle) {
      const number = bytes.u32[(index + Candle.timeframe) >> 2] as number;
      const timeframe = at(this.#timeframes, number).name;
      this.#candles.push({ instrument: id, timeframe, input: readCandle(bytes, index) });
    } else if (type === RecordType.derivative) {
      this.#derivatives.push(readDerivative(bytes, index, id));
    } else if (type === RecordType.liquidation) this.#rows.liquidation.push(index, id, tape);
    else this.#placeStatus(readStatus(bytes, index), id, tape);
  }

  #placeStatus(status: StatusRecord, id: number, tape: number): void {
    if (status.kind === StatusKind.coverage) {
      const span = coverageSpan(status, id, tape);
      if (span !== undefined) this.#deeds.push({ kind: 'cover', span });
    } else if (status.kind === StatusKind.rebuild) {
      const range = rebuildRange(status);
      if (range !== undefined) this.#deeds.push({ kind: 'rebuild', range });
    } else {
      const kind = ledgerKind(status);
      if (kind === undefined) return;
      const entry = ledgerEntry(status, kind);
      if (status.kind !== StatusKind.repaired) {
        this.#deeds.push({ kind: 'open', id, entry, isSetAside: false });
      } else {
        const isTradeGap = status.channel === Channel.trades && kind !== 'stale';
        const rebuild = isTradeGap ? rebuildRange(status) : undefined;
        this.#deeds.push({ kind: 'close', id, entry, rebuild });
      }
    }
  }

  #quarantine(bytes: RecordBytes, index: number, id: number, problem: string): void {
    const entry = recordQuarantine(bytes, index, problem);
    this.#deeds.push({ kind: 'open', id, entry, isSetAside: true });
    this.#quarantined += 1;
  }
}

/** The ledger entry of a record that is set aside; `index` is where its body lies. */
export function recordQuarantine(bytes: RecordBytes, index: number, problem: string): LedgerEntry {
  const length = bytes.i32[(index - 8) >> 2] as number;
  const type = bytes.i32[(index - 4) >> 2] as number;
  const content = recordContent(bytes, index, type, length);
  const hasTimes = length >= 24;
  const recvUs = hasTimes ? (bytes.f64[(index + Common.recvUs) >> 3] as number) : Number.NaN;
  const tsUs = hasTimes ? (bytes.f64[(index + Common.tsUs) >> 3] as number) : Number.NaN;
  return quarantineEntry(problem, content, recvUs, tsUs);
}

/** A clock tick names no instrument. */
function isTick(bytes: RecordBytes, index: number, type: number): boolean {
  return type === RecordType.status && bytes.u16[(index + Common.aux) >> 1] === StatusKind.tick;
}

function coverageSpan(
  { fromId, toId, recvUs, ...times }: StatusRecord,
  instrument: number,
  tape: number,
): CoverageSpan | undefined {
  const fromUs = isTimeUs(times.fromUs) ? times.fromUs : recvUs;
  const toUs = isTimeUs(times.toUs) ? times.toUs : fromUs;
  const isById = Number.isSafeInteger(fromId) && Number.isSafeInteger(toId);
  if (isById ? toId < fromId : toUs < fromUs) return undefined;
  if (!isById) return { instrument, tape, fromId: null, toId: null, fromUs, toUs };
  return { instrument, tape, fromId, toId, fromUs, toUs: Math.max(fromUs, toUs) };
}

function rebuildRange({ instrument, fromUs, toUs }: StatusRecord): RebuildRange | undefined {
  if (!isTimeUs(fromUs)) return undefined;
  return { instrument, fromUs, toUs: isTimeUs(toUs) ? toUs : fromUs };
}
