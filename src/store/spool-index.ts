/**
 * Moves spooled records from the indices of the run that wrote them to those of this run.
 * Instruments that this run does not record get indices after its own, so that nothing is lost;
 * candles of a timeframe it does not keep are left out, as they can be made again.
 */
import { assert } from '../base/assert.ts';
import { copyWords } from '../base/record-bytes.ts';
import { type Instrument, instrumentName } from '../model/instrument.ts';
import { Candle, Common, RecordType, StatusKind } from '../model/record-layout.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { RecordBatch } from './contract.ts';
import type { SpoolDictionary } from './spool-frame.ts';

const HEADER_LENGTH = 8;

/** Where each index of a segment is now; -1: nowhere. */
export interface IndexMap {
  readonly instruments: Int32Array;
  readonly timeframes: Int32Array;
  readonly isIdentity: boolean;
}

export class SpoolIndex {
  /** Instruments of the spool that this run does not record, with the indices they have here. */
  readonly foreign: Instrument[] = [];
  readonly #own: readonly Instrument[];
  readonly #timeframes: readonly string[];
  readonly #indices = new Map<string, number>();

  constructor(own: SpoolDictionary) {
    this.#own = own.instruments;
    this.#timeframes = own.timeframes;
    for (const instrument of own.instruments)
      this.#indices.set(keyOf(instrument), instrument.index);
  }

  /** The map of a segment; instruments not seen before join `foreign`. */
  map(written: SpoolDictionary): IndexMap {
    const instruments = Int32Array.from(written.instruments, (instrument) =>
      this.#place(instrument),
    );
    const timeframes = Int32Array.from(written.timeframes, (name) =>
      this.#timeframes.indexOf(name),
    );
    const isIdentity =
      instruments.every((to, from) => to === from) && timeframes.every((to, from) => to === from);
    return { instruments, timeframes, isIdentity };
  }

  #place(instrument: Instrument): number {
    const key = keyOf(instrument);
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const index = this.#own.length + this.foreign.length;
    this.foreign.push({ ...instrument, index });
    this.#indices.set(key, index);
    return index;
  }
}

/** Applies `map` to the batch in place; gives what is left of it. */
export function remapBatch(batch: RecordBatch, map: IndexMap): RecordBatch {
  if (map.isIdentity) return batch;
  const { bytes } = batch;
  const cursor = new BatchCursor(batch);
  let length = 0;
  let count = 0;
  while (cursor.next()) {
    const { at, type } = cursor;
    if (!isTick(bytes.u16, at, type)) {
      const slot = (at + Common.instrument) >> 2;
      const instrument = map.instruments[bytes.u32[slot] as number];
      assert(
        instrument !== undefined,
        'Invariant: a spooled record names an instrument of its run',
      );
      bytes.u32[slot] = instrument;
    }
    if (type === RecordType.candle) {
      const slot = (at + Candle.timeframe) >> 2;
      const timeframe = map.timeframes[bytes.u32[slot] as number] ?? -1;
      if (timeframe < 0) continue;
      bytes.u32[slot] = timeframe;
    }
    const framed = HEADER_LENGTH + ((cursor.length + 7) & ~7);
    if (length !== at - HEADER_LENGTH) copyWords(bytes, at - HEADER_LENGTH, bytes, length, framed);
    length += framed;
    count += 1;
  }
  return { bytes, length, count };
}

/** A tick names no instrument. */
function isTick(u16: Uint16Array, at: number, type: number): boolean {
  return type === RecordType.status && u16[(at + Common.aux) >> 1] === StatusKind.tick;
}

/** The tape belongs to it: ids of two tapes never mix. */
function keyOf(instrument: Instrument): string {
  return `${instrumentName(instrument)} ${instrument.tape}`;
}
