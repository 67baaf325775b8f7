/**
 * The truth file: one NDJSON row for every trade the exchange made, also those a fault hid from
 * everyone. A recorder's store is held against it.
 *
 * An instrument's rows begin with the first trade it shows and have no holes from there, across
 * pauses, restarts and crashes: what was made in the meantime is computed and filled in.
 */
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { US_PER_MS } from '../base/clock.ts';
import { EngineError, errorText, UsageError } from '../base/errors.ts';
import type { SimDialect } from '../venues/sim-contract.ts';
import type { LiveInstrument } from './live-instrument.ts';
import { trimDecimal } from './step-text.ts';
import { createTrade } from './trade-history.ts';
import { scanTruth, type TruthRow, truthKey } from './truth-scan.ts';

/** Rows wait at most this long for the file. */
const FLUSH_US = 150 * US_PER_MS;
/** Rows made in one call while a long pause is filled in; the rest follows at the next tick. */
const FILL_ROWS_MAX = 2_000;
const BUFFER_LENGTH = 1 << 20;

interface Track {
  readonly instrument: LiveInstrument;
  readonly dialect: SimDialect;
  /** Row text up to the id. */
  readonly head: string;
  nextNumber: number;
  /** Fills of `nextNumber` that stand in the file already. */
  fillsDone: number;
}

export class TruthLog {
  rows = 0;
  readonly #path: string;
  readonly #file: number;
  readonly #lastRows: ReadonlyMap<string, string>;
  readonly #tracks = new Map<LiveInstrument, Track>();
  readonly #trade = createTrade();
  #buffer = '';
  #flushedUs = 0;

  /** Appends to `path`, after cutting off a torn last line. */
  constructor(path: string) {
    this.#path = path;
    const scan = existsSync(path) ? scanTruth(path) : { lastRows: new Map(), wholeLength: 0 };
    this.#lastRows = scan.lastRows;
    try {
      this.#file = openSync(path, existsSync(path) ? 'r+' : 'w');
      ftruncateSync(this.#file, scan.wholeLength);
      closeSync(this.#file);
      this.#file = openSync(path, 'a');
    } catch (error) {
      throw new UsageError(`truth file ${path} cannot be written: ${errorText(error)}`);
    }
  }

  /**
   * Throws `UsageError` when the file's last trade of the instrument is none this exchange makes:
   * it came from another seed, rate or set of instruments.
   */
  check(instrument: LiveInstrument, dialect: SimDialect): void {
    const head = headOf(instrument, dialect);
    const text = this.#lastRows.get(head);
    if (text === undefined) return;
    const row = JSON.parse(text) as TruthRow;
    const number = dialect.tradeNumber(instrument, String(row.trade_id));
    const isOurs =
      number >= 0 &&
      number <= instrument.newestTrade() &&
      this.#rowsOf(instrument, dialect, head, number).includes(text);
    if (isOurs) return;
    throw new UsageError(
      `truth file ${this.#path} was made with another seed, rate or set of instruments ` +
        `(${instrument.listing.symbol} trade ${row.trade_id}): name another file`,
    );
  }

  /** Writes rows of the instrument up to trade `number`; the first call starts its rows. */
  advance(instrument: LiveInstrument, dialect: SimDialect, number: number): void {
    const track = this.#tracks.get(instrument) ?? this.#start(instrument, dialect);
    const last = Math.min(number, track.nextNumber + FILL_ROWS_MAX);
    for (; track.nextNumber <= last; track.nextNumber += 1) {
      const rows = this.#rowsOf(instrument, dialect, track.head, track.nextNumber);
      for (let i = track.fillsDone; i < rows.length; i += 1) {
        this.#buffer += `${rows[i]}\n`;
        this.rows += 1;
      }
      track.fillsDone = 0;
      if (this.#buffer.length >= BUFFER_LENGTH) this.#flush();
    }
  }

  /** True when all rows up to trade `number` are written. */
  isAt(instrument: LiveInstrument, number: number): boolean {
    const track = this.#tracks.get(instrument);
    return track === undefined || track.nextNumber > number;
  }

  tick(nowUs: number): void {
    if (nowUs - this.#flushedUs < FLUSH_US) return;
    this.#flushedUs = nowUs;
    this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #start(instrument: LiveInstrument, dialect: SimDialect): Track {
    const head = headOf(instrument, dialect);
    const track = { instrument, dialect, head, nextNumber: instrument.shownFrom, fillsDone: 0 };
    const text = this.#lastRows.get(head);
    if (text !== undefined) {
      const { trade_id } = JSON.parse(text) as TruthRow;
      track.nextNumber = dialect.tradeNumber(instrument, String(trade_id));
      const rows = this.#rowsOf(instrument, dialect, head, track.nextNumber);
      track.fillsDone = rows.indexOf(text) + 1;
    }
    this.#tracks.set(instrument, track);
    return track;
  }

  #rowsOf(instrument: LiveInstrument, dialect: SimDialect, head: string, number: number): string[] {
    const trade = this.#trade;
    instrument.history.read(number, trade);
    const price = trimDecimal(instrument.priceText(trade.ticks));
    const side = trade.isSell ? 'sell' : 'buy';
    return dialect.fills(instrument, trade).map(({ tradeId, lots }) => {
      const id = typeof tradeId === 'number' ? tradeId : JSON.stringify(tradeId);
      const size = sizeOf(instrument, lots, trade.ticks);
      const values = `"ts_us":${trade.tsUs},"price":${price},"size":${size},"side":"${side}"`;
      return `${head},"trade_id":${id},${values}}`;
    });
  }

  #flush(): void {
    if (this.#buffer === '') return;
    const bytes = Buffer.from(this.#buffer);
    this.#buffer = '';
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      throw new EngineError(`truth file ${this.#path}: ${errorText(error)}`, {
        code: 'truth_write',
        retry: 'fatal',
        cause: error,
      });
    }
  }
}

/** Base units as JSON. */
function sizeOf(instrument: LiveInstrument, lots: number, ticks: number): string {
  const isInverse = instrument.listing.inverseValue !== undefined;
  if (isInverse) return String(instrument.baseSize(lots, ticks));
  return trimDecimal(instrument.sizeText(lots));
}

function headOf(instrument: LiveInstrument, dialect: SimDialect): string {
  const { symbol, marketType } = instrument.listing;
  return truthKey(dialect.feed.split('.', 1)[0] ?? '', symbol, marketType);
}
