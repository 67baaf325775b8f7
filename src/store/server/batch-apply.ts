/**
 * Writes a sorted batch through a session, inside the transaction its caller opened.
 *
 * First all at once (`isCareful` false): a `RowError` then costs the transaction, and the caller
 * comes again carefully. Then each load has a savepoint: one that is refused is halved until the
 * row is found; that row goes into the ledger with its content and the rest lands.
 */
import { errorText } from '../../base/errors.ts';
import type { WriteResult } from '../contract.ts';
import { type LedgerEntry, quarantineEntry } from '../ledger-entry.ts';
import { RebuildRanges } from '../time-range.ts';
import { type Deed, recordQuarantine, type SortedBatch } from './batch-sorter.ts';
import { candleKeys, mergeCandles } from './candle-batch.ts';
import { CoverageBatch, coverageRanges } from './coverage-batch.ts';
import { mergeDerivatives } from './derivative-merge.ts';
import { LedgerBatch, ledgerNeeds } from './ledger-batch.ts';
import { BULK_TABLES, type BulkTable } from './row-list.ts';
import { RowError, type ServerSession } from './server-session.ts';

export interface AppliedBatch {
  readonly result: WriteResult;
  readonly rebuilds: RebuildRanges;
}

/** Content kept of a row that was refused, in characters. */
const CONTENT_LENGTH_MAX = 4_096;

/** A ledger row for what was refused. */
interface Refused {
  readonly id: number;
  readonly entry: LedgerEntry;
}

export class BatchApply {
  readonly #session: ServerSession;
  readonly #sorted: SortedBatch;
  readonly #isCareful: boolean;
  readonly #refused: Refused[] = [];
  readonly #rebuilds = new RebuildRanges();

  constructor(session: ServerSession, sorted: SortedBatch, isCareful: boolean) {
    this.#session = session;
    this.#sorted = sorted;
    this.#isCareful = isCareful;
  }

  async run(): Promise<AppliedBatch> {
    const inserted = { trade: 0, quote: 0, book_snapshot: 0, book_delta: 0, liquidation: 0 };
    let tradesRefused = 0;
    for (const table of BULK_TABLES) {
      const before = this.#refused.length;
      inserted[table] = await this.#insert(table, 0, this.#sorted.rows[table].count);
      if (table === 'trade') tradesRefused = this.#refused.length - before;
    }
    const derivatives = await this.#putDerivatives();
    const candles = await this.#putCandles();
    const gaps = await this.#doDeeds();
    const result = {
      trades: inserted.trade,
      tradeDuplicates: this.#sorted.rows.trade.count - inserted.trade - tradesRefused,
      quotes: inserted.quote,
      bookSnapshots: inserted.book_snapshot,
      bookDeltas: inserted.book_delta,
      candles,
      derivatives,
      liquidations: inserted.liquidation,
      gaps,
      quarantined: this.#sorted.quarantined + this.#refused.length,
    };
    return { result, rebuilds: this.#rebuilds };
  }

  async #insert(table: BulkTable, from: number, to: number): Promise<number> {
    if (from >= to) return 0;
    const { batch, rows } = this.#sorted;
    const list = rows[table];
    let inserted = 0;
    await this.#halving(
      from,
      to,
      async (first, end) => {
        inserted += await this.#session.insertRows(table, batch, list, first, end);
      },
      (index, reason) => {
        const id = list.instrument[index] as number;
        const entry = recordQuarantine(batch.bytes, list.at[index] as number, reason);
        this.#refused.push({ id, entry });
      },
    );
    return inserted;
  }

  async #putDerivatives(): Promise<number> {
    const { derivatives } = this.#sorted;
    if (derivatives.length === 0) return 0;
    const stored = await this.#session.findDerivatives(derivatives);
    const { rows, changed } = mergeDerivatives(stored, derivatives);
    const refused = await this.#putList(
      rows,
      (part) => this.#session.putDerivatives(part),
      ({ instrument, recvUs, tsUs }) => [instrument, recvUs, tsUs],
    );
    return changed - refused;
  }

  async #putCandles(): Promise<number> {
    const { candles } = this.#sorted;
    if (candles.length === 0) return 0;
    const stored = await this.#session.findCandles(candleKeys(candles));
    const { rows, changed } = mergeCandles(stored, candles);
    const refused = await this.#putList(
      rows,
      (part) => this.#session.putCandles(part),
      ({ instrument, recvUs, openUs }) => [instrument, recvUs, openUs],
    );
    return changed - refused;
  }

  /** Ledger and coverage in the order of the batch; returns ledger rows inserted or changed. */
  async #doDeeds(): Promise<number> {
    const deeds: Deed[] = [...this.#sorted.deeds, ...this.#refused.map(toDeed)];
    if (deeds.length === 0) return 0;
    const { keys, staleOf } = ledgerNeeds(deeds);
    const ledger = new LedgerBatch(
      keys.length === 0 ? [] : await this.#session.findGaps(keys, staleOf),
    );
    const ranges = coverageRanges(deeds);
    const coverage = new CoverageBatch(
      ranges.length === 0 ? [] : await this.#session.findCoverage(ranges),
    );
    let changed = 0;
    for (const deed of deeds) {
      if (deed.kind === 'cover') coverage.add(deed.span);
      else if (deed.kind === 'rebuild')
        this.#rebuilds.add(deed.range.instrument, 'changed', deed.range);
      else if (deed.kind === 'open') {
        const count = ledger.open(deed.id, deed.entry);
        if (!deed.isSetAside) changed += count;
      } else {
        const count = ledger.close(deed.id, deed.entry);
        changed += count;
        const { rebuild } = deed;
        if (count > 0 && rebuild !== undefined) {
          this.#rebuilds.add(rebuild.instrument, 'repaired', rebuild);
        }
      }
    }
    if (ranges.length > 0) {
      await this.#session.putCoverage(coverage.changes(), coverage.removed);
    }
    return changed - (await this.#putGaps(ledger));
  }

  /**
   * A ledger row that is refused itself (a text the database cannot hold) goes in as JSON. Returns
   * how many were.
   */
  async #putGaps(ledger: LedgerBatch): Promise<number> {
    const before = this.#refused.length;
    await this.#putList(
      ledger.changes(),
      (part) => this.#session.putGaps(part),
      ({ instrument, detectedUs, fromUs }) => [instrument, detectedUs, fromUs],
    );
    const refused = this.#refused.slice(before);
    if (refused.length === 0) return 0;
    const deeds = refused.map(toDeed);
    const { keys, staleOf } = ledgerNeeds(deeds);
    const rows = new LedgerBatch(await this.#session.findGaps(keys, staleOf));
    for (const { id, entry } of refused) rows.open(id, entry);
    await this.#session.putGaps(rows.changes());
    return refused.length;
  }

  /** Writes whole rows; returns how many were refused, each in the ledger as JSON. */
  async #putList<Row>(
    rows: readonly Row[],
    put: (rows: readonly Row[]) => Promise<void>,
    placeOf: (row: Row) => readonly [instrument: number, recvUs: number, tsUs: number],
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const before = this.#refused.length;
    await this.#halving(
      0,
      rows.length,
      (from, to) => put(from === 0 && to === rows.length ? rows : rows.slice(from, to)),
      (index, reason) => {
        const row = rows[index] as Row;
        const [id, recvUs, tsUs] = placeOf(row);
        const content = JSON.stringify(row).slice(0, CONTENT_LENGTH_MAX);
        this.#refused.push({ id, entry: quarantineEntry(reason, content, recvUs, tsUs) });
      },
    );
    return this.#refused.length - before;
  }

  async #halving(
    from: number,
    to: number,
    load: (from: number, to: number) => Promise<void>,
    refuse: (index: number, reason: string) => void,
  ): Promise<void> {
    if (!this.#isCareful) return load(from, to);
    await this.#session.mark();
    try {
      await load(from, to);
      await this.#session.keepMark();
      return;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      await this.#session.undoToMark();
      if (to - from === 1) {
        refuse(from, errorText(error));
        return;
      }
    }
    const middle = (from + to) >> 1;
    await this.#halving(from, middle, load, refuse);
    await this.#halving(middle, to, load, refuse);
  }
}

function toDeed({ id, entry }: Refused): Deed {
  return { kind: 'open', id, entry, isSetAside: true };
}
