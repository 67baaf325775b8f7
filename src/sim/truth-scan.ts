/**
 * What a truth file holds already: the last row of each instrument, and where its last whole line
 * ends. Read once at start; a line torn by a crash does not count.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';

export interface TruthScan {
  /** Last row of each instrument, as it stands, by `truthKey`. */
  readonly lastRows: ReadonlyMap<string, string>;
  /** Bytes up to and including the last line feed. */
  readonly wholeLength: number;
}

export interface TruthRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly trade_id: number | string;
  readonly ts_us: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell';
}

const CHUNK_LENGTH = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** Follows the fields that name the instrument, which are the first of every row. */
const ID_FIELD = ',"trade_id":';

/** The start of each row of an instrument: all up to its trade id. */
export function truthKey(venue: string, symbol: string, marketType: string): string {
  const text = JSON.stringify({ venue, symbol, market_type: marketType });
  return text.slice(0, -1);
}

/** Throws `UsageError` when the file is not a truth file. */
export function scanTruth(path: string): TruthScan {
  const lastRows = new Map<string, string>();
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
    let rest = Buffer.alloc(0);
    let wholeLength = 0;
    for (;;) {
      const length = readSync(file, chunk, 0, CHUNK_LENGTH, null);
      if (length === 0) return { lastRows, wholeLength };
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      rest = Buffer.from(bytes.subarray(end));
      wholeLength += end;
      scanLines(path, bytes.toString('utf8', 0, end), lastRows);
    }
  } finally {
    closeSync(file);
  }
}

function scanLines(path: string, text: string, lastRows: Map<string, string>): void {
  for (let from = 0; from < text.length; ) {
    const to = text.indexOf('\n', from);
    const split = text.indexOf(ID_FIELD, from);
    if (split < 0 || split > to) {
      throw new UsageError(`truth file ${path} holds a line that is no trade: it is left alone`);
    }
    lastRows.set(text.slice(from, split), text.slice(from, to));
    from = to + 1;
  }
}
