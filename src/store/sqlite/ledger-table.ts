/** The `gap` table under the view `data_quality`: what was missed, and what became of it. */
import type { Statement } from 'bun:sqlite';
import type { GapSpan } from '../candle-evidence.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { LedgerGap } from '../resume-state.ts';
import type { LedgerRows } from '../stored-rows.ts';
import type { StatementSet } from './statements.ts';

const KEY = `ifnull(instrument, 0), kind, channel, ifnull(from_id, -1), from_us,
  iif(kind = 'quarantine', how, '')`;
// A gap said again may know more of its end; it never reopens a repaired one, and repeats of older
// statements change nothing.
const INSERT_SQL = `INSERT INTO gap (instrument, kind, channel, from_id, to_id, from_us, to_us,
  missing,
  cause, detected_us, how) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (${KEY}) DO UPDATE SET
    to_id = max(ifnull(to_id, excluded.to_id), ifnull(excluded.to_id, to_id)),
    to_us = max(ifnull(to_us, excluded.to_us), ifnull(excluded.to_us, to_us)),
    missing = max(missing, excluded.missing)
  WHERE repaired = 0 AND (ifnull(excluded.to_id, -1) > ifnull(to_id, -1)
    OR ifnull(excluded.to_us, -1) > ifnull(to_us, -1) OR excluded.missing > missing)`;
const CLOSE_SQL = `UPDATE gap SET repaired = 1, repaired_us = ?, how = ?,
    to_id = ifnull(?, to_id), to_us = ifnull(?, to_us)
  WHERE ifnull(instrument, 0) = ? AND kind = ? AND channel = ? AND ifnull(from_id, -1) = ?
    AND from_us = ? AND iif(kind = 'quarantine', how, '') = '' AND repaired = 0`;
const CLOSE_STALE_SQL = `UPDATE gap SET repaired = 1, repaired_us = ?, how = ?, to_us = ?
  WHERE instrument = ? AND kind = 'stale' AND channel = ? AND repaired = 0`;
const KNOWN_SQL = `SELECT 1 AS known FROM gap WHERE ifnull(instrument, 0) = ? AND kind = ?
  AND channel = ? AND ifnull(from_id, -1) = ? AND from_us = ?
  AND iif(kind = 'quarantine', how, '') = ''`;
const OPEN_SQL = `SELECT id, ifnull(from_id, 'NaN') AS fromId, ifnull(to_id, 'NaN') AS toId,
  from_us AS fromUs, ifnull(to_us, 'NaN') AS toUs, cause
  FROM gap WHERE instrument = ? AND kind = 'trade_gap' AND channel = 0 AND repaired = 0
  ORDER BY from_us, from_id`;
const SPANS_SQL = `SELECT from_us AS fromUs, ifnull(to_us, 'NaN') AS toUs, repaired FROM gap
  WHERE ifnull(instrument, 0) = ? AND kind = 'trade_gap' AND channel = 0 AND from_us < ?
    AND ifnull(to_us, ?) >= ?`;

type Value = string | number | null;

export class LedgerTable implements LedgerRows {
  readonly #insert: Statement;
  readonly #close: Statement;
  readonly #closeStale: Statement;
  readonly #closeById: Statement;
  readonly #known: Statement;
  readonly #open: Statement<Record<keyof LedgerGap, number> & { cause: string }, [number]>;
  readonly #spans: Statement<{ fromUs: number; toUs: number; repaired: number }, number[]>;

  constructor(statements: StatementSet) {
    this.#insert = statements.prepare(INSERT_SQL);
    this.#close = statements.prepare(CLOSE_SQL);
    this.#closeStale = statements.prepare(CLOSE_STALE_SQL);
    this.#closeById = statements.prepare(
      'UPDATE gap SET repaired = 1, repaired_us = ?, how = ? WHERE id = ? AND repaired = 0',
    );
    this.#known = statements.prepare(KNOWN_SQL);
    this.#open = statements.prepare(OPEN_SQL);
    this.#spans = statements.prepare(SPANS_SQL);
  }

  /** `instrument` 0: a record named one we do not know. Returns rows inserted or changed. */
  add(instrument: number, entry: LedgerEntry): number {
    const values: Value[] = [
      instrument === 0 ? null : instrument,
      entry.kind,
      entry.channel,
      entry.fromId,
      entry.toId,
      entry.fromUs,
      entry.toUs,
      entry.missing,
      entry.cause,
      entry.detectedUs,
      entry.how,
    ];
    return this.#insert.run(...values).changes;
  }

  /**
   * Closes the row of `entry`'s key; a stale stream's row is the open one of its channel, whatever
   * time it began at. A gap the ledger never heard of comes in as repaired. Returns rows changed.
   */
  close(instrument: number, entry: LedgerEntry): number {
    const { channel, detectedUs, how } = entry;
    if (entry.kind === 'stale') return this.#endStale(instrument, entry);
    const key = [instrument, entry.kind, channel, entry.fromId ?? -1, entry.fromUs];
    const closed = this.#close.run(detectedUs, how, entry.toId, entry.toUs, ...key).changes;
    if (closed > 0 || this.#known.get(...key) !== null) return closed;
    const stale = this.#endStale(instrument, entry);
    if (stale > 0) return stale;
    this.add(instrument, { ...entry, how: null });
    return this.#close.run(detectedUs, how, entry.toId, entry.toUs, ...key).changes;
  }

  /** Closes one row by its number in the ledger. */
  closeById(id: number, nowUs: number, how: string): void {
    this.#closeById.run(nowUs, how, id);
  }

  openTradeGaps(instrument: number): LedgerGap[] {
    return this.#open.all(instrument).map((row) => ({
      ...row,
      fromId: Number(row.fromId),
      toId: Number(row.toId),
      toUs: Number(row.toUs),
    }));
  }

  /** Trade gaps that touch fromUs..toUs, for the states of candles. */
  tradeGapSpans(instrument: number, fromUs: number, toUs: number): GapSpan[] {
    const rows = this.#spans.all(instrument, toUs, Number.MAX_SAFE_INTEGER, fromUs);
    return rows.map((row) => ({
      fromUs: row.fromUs,
      toUs: Number(row.toUs),
      isRepaired: row.repaired === 1,
    }));
  }

  #endStale(instrument: number, { detectedUs, how, toUs, channel }: LedgerEntry): number {
    return this.#closeStale.run(detectedUs, how, toUs, instrument, channel).changes;
  }
}
