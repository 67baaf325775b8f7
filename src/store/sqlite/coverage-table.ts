/**
 * The `trade_coverage` table: what is proven to be held, as disjoint intervals of ids, or of time
 * where ids prove nothing. A new interval takes in all that it overlaps or touches.
 */
import type { Statement } from 'bun:sqlite';
import type { CoveredSpan } from '../candle-evidence.ts';
import type { CoverageInterval, CoverageRows } from '../stored-rows.ts';
import type { StatementSet } from './statements.ts';

type CoveredIds = Pick<CoverageInterval, 'fromId' | 'toId'>;

const COLUMNS = 'id, from_id AS fromId, to_id AS toId, from_us AS fromUs, to_us AS toUs';
const BEFORE_ID_SQL = `SELECT ${COLUMNS} FROM trade_coverage
  WHERE instrument = ? AND tape = ? AND from_id <= ? ORDER BY from_id DESC LIMIT 1`;
const BEFORE_US_SQL = `SELECT ${COLUMNS} FROM trade_coverage
  WHERE instrument = ? AND tape = ? AND from_id IS NULL AND from_us <= ?
  ORDER BY from_us DESC LIMIT 1`;
const INSERT_SQL = `INSERT INTO trade_coverage (instrument, tape, from_id, to_id, from_us, to_us)
  VALUES (?, ?, ?, ?, ?, ?)`;
const UPDATE_SQL = `UPDATE trade_coverage SET from_id = ?, to_id = ?, from_us = ?, to_us = ?
  WHERE id = ?`;
const ALL_SQL = `SELECT ${COLUMNS} FROM trade_coverage WHERE instrument = ? AND tape = ?
  ORDER BY from_id, from_us`;

export class CoverageTable implements CoverageRows {
  readonly #beforeId: Statement<CoverageInterval, number[]>;
  readonly #beforeUs: Statement<CoverageInterval, number[]>;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #all: Statement<CoverageInterval, [number, number]>;

  constructor(statements: StatementSet) {
    this.#beforeId = statements.prepare(BEFORE_ID_SQL);
    this.#beforeUs = statements.prepare(BEFORE_US_SQL);
    this.#insert = statements.prepare(INSERT_SQL);
    this.#update = statements.prepare(UPDATE_SQL);
    this.#delete = statements.prepare('DELETE FROM trade_coverage WHERE id = ?');
    this.#all = statements.prepare(ALL_SQL);
  }

  /** NaN ids: coverage by time alone. */
  add(
    instrument: number,
    tape: number,
    fromId: number,
    toId: number,
    fromUs: number,
    toUs: number,
  ): void {
    const isById = !Number.isNaN(fromId);
    const find = isById ? this.#beforeId : this.#beforeUs;
    const merged = { fromId, toId, fromUs, toUs };
    const absorbed: CoverageInterval[] = [];
    // Intervals are disjoint: the one that starts last before the end is the only one that can
    // reach beyond it, and all others to absorb lie before that one.
    let bound = isById ? toId + 1 : toUs;
    for (;;) {
      const row = find.get(instrument, tape, bound);
      if (row === null || (isById ? row.toId < fromId - 1 : row.toUs < fromUs)) break;
      absorbed.push(row);
      bound = (isById ? row.fromId : row.fromUs) - 1;
      if (isById) {
        merged.fromId = Math.min(merged.fromId, row.fromId);
        merged.toId = Math.max(merged.toId, row.toId);
      }
      merged.fromUs = Math.min(merged.fromUs, row.fromUs);
      merged.toUs = Math.max(merged.toUs, row.toUs);
    }
    this.#replace(instrument, tape, merged, absorbed);
  }

  spans(instrument: number, tape: number): CoverageInterval[] {
    return this.#all.all(instrument, tape);
  }

  /** The oldest row absorbed becomes the merged one, so nothing is written when nothing changed. */
  #replace(
    instrument: number,
    tape: number,
    merged: CoveredIds & CoveredSpan,
    absorbed: readonly CoverageInterval[],
  ): void {
    const { fromId, toId, fromUs, toUs } = merged;
    const kept = absorbed.at(-1);
    if (kept === undefined) {
      this.#insert.run(instrument, tape, fromId, toId, fromUs, toUs);
      return;
    }
    for (const row of absorbed) if (row !== kept) this.#delete.run(row.id);
    const isSame =
      kept.fromUs === fromUs &&
      kept.toUs === toUs &&
      (Number.isNaN(fromId) || (kept.fromId === fromId && kept.toId === toId));
    if (!isSame) this.#update.run(fromId, toId, fromUs, toUs, kept.id);
  }
}
