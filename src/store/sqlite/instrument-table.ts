/** The `instruments` table, and from a record's instrument index to its row. */
import type { Database } from 'bun:sqlite';
import { at } from '../../base/assert.ts';
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import { tapeCode } from '../row-text.ts';

export class InstrumentTable {
  /** Row id by index of the instrument in records; 0 or undefined: not registered. */
  readonly ids: number[] = [];
  /** Code of the tape by index. */
  readonly tapes: number[] = [];
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  register(instruments: readonly Instrument[]): void {
    const upsert = this.#db.prepare<{ id: number }, (string | number)[]>(
      `INSERT INTO instruments (venue, symbol, market_type, feed, venue_symbol, base, quote, tape)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (venue, symbol, market_type) DO UPDATE SET feed = excluded.feed,
         venue_symbol = excluded.venue_symbol, base = excluded.base, quote = excluded.quote,
         tape = excluded.tape
       RETURNING id`,
    );
    for (const item of instruments) {
      const { venue, symbol, marketType, feed, venueSymbol, base, quote, tape } = item;
      const row = upsert.get(venue, symbol, marketType, feed, venueSymbol, base, quote, tape);
      while (this.ids.length <= item.index) {
        this.ids.push(0);
        this.tapes.push(0);
      }
      this.ids[item.index] = row?.id ?? 0;
      this.tapes[item.index] = tapeCode(tape);
    }
    upsert.finalize();
  }

  /** Refreshes known instruments; a venue lists thousands that nobody records. */
  updateMeta(list: readonly InstrumentMeta[]): void {
    const update = this.#db.prepare(
      `UPDATE instruments SET venue_symbol = ?, base = ?, quote = ?, tick_size = ?, lot_size = ?,
         contract_size = ?, status = ?
       WHERE venue = ? AND symbol = ? AND market_type = ?`,
    );
    for (const meta of list) {
      const { venueSymbol, base, quote, tickSize, lotSize, contractSize, status } = meta;
      const { venue, symbol, marketType } = meta;
      const values = [venueSymbol, base, quote, tickSize, lotSize, contractSize, status];
      update.run(...values, venue, symbol, marketType);
    }
    update.finalize();
  }

  /** Row id of a registered instrument. */
  idOf(instrument: Instrument): number {
    return at(this.ids, instrument.index);
  }
}
