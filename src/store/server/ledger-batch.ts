/**
 * The ledger of one batch in memory: rows its deeds may touch are read first, deeds are done in the
 * order of the batch, and what changed is written back.
 */
import type { LedgerEntry } from '../ledger-entry.ts';
import type { Deed } from './batch-sorter.ts';

/** A row of `gap`. */
export interface StoredGap {
  /** Undefined: not in the table yet. */
  readonly rowId: number | undefined;
  /** 0: a record named none we know (NULL in the table). */
  readonly instrument: number;
  readonly kind: string;
  readonly channel: number;
  readonly fromId: number | null;
  readonly toId: number | null;
  readonly fromUs: number;
  readonly toUs: number | null;
  readonly missing: number;
  readonly cause: string;
  readonly detectedUs: number;
  readonly repaired: 0 | 1;
  readonly repairedUs: number | null;
  readonly how: string | null;
  /** Tells quarantined rows of one instant apart; '' for other kinds. In the table as it is. */
  readonly contentHash: string;
}

export type GapKey = Pick<
  StoredGap,
  'instrument' | 'kind' | 'channel' | 'fromId' | 'fromUs' | 'contentHash'
>;

export function gapKeyText(key: GapKey): string {
  const { instrument, kind, channel, fromId, fromUs, contentHash } = key;
  return `${instrument} ${kind} ${channel} ${fromId ?? -1} ${fromUs} ${contentHash}`;
}

export function gapKeyOf(instrument: number, entry: LedgerEntry): GapKey {
  const { kind, channel, fromId, fromUs, how } = entry;
  const contentHash = kind === 'quarantine' ? hashOf(how ?? '') : '';
  return { instrument, kind, channel, fromId, fromUs, contentHash };
}

/** 32 hex digits. */
function hashOf(content: string): string {
  return new Bun.CryptoHasher('sha256').update(content).digest('hex').slice(0, 32);
}

/** What of the ledger must be read before the deeds of a batch are done. */
export interface LedgerNeeds {
  readonly keys: readonly GapKey[];
  /** Instruments whose open `stale` rows may be closed. */
  readonly staleOf: readonly number[];
}

export function ledgerNeeds(deeds: readonly Deed[]): LedgerNeeds {
  const keys = new Map<string, GapKey>();
  const staleOf = new Set<number>();
  for (const deed of deeds) {
    if (deed.kind !== 'open' && deed.kind !== 'close') continue;
    const key = gapKeyOf(deed.id, deed.entry);
    keys.set(gapKeyText(key), key);
    if (deed.kind === 'close' && deed.id !== 0) staleOf.add(deed.id);
  }
  return { keys: [...keys.values()], staleOf: [...staleOf] };
}

export class LedgerBatch {
  readonly #rows = new Map<string, StoredGap>();
  readonly #changed = new Set<string>();

  constructor(stored: readonly StoredGap[]) {
    for (const row of stored) this.#rows.set(gapKeyText(row), row);
  }

  /** Rows to write: those with `rowId` replace theirs, the others are new, in order. */
  changes(): StoredGap[] {
    return [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
  }

  /**
   * A gap said again may know more of its end; it never reopens a repaired one, and repeats of
   * older statements change nothing. Returns rows inserted or changed.
   */
  open(instrument: number, entry: LedgerEntry): number {
    const key = gapKeyOf(instrument, entry);
    const row = this.#rows.get(gapKeyText(key));
    if (row === undefined) {
      const { toId, toUs, missing, cause, detectedUs, how } = entry;
      const fields = { toId, toUs, missing, cause, detectedUs, how };
      return this.#put({ rowId: undefined, ...key, ...fields, repaired: 0, repairedUs: null });
    }
    if (row.repaired === 1) return 0;
    const toId = greater(row.toId, entry.toId);
    const toUs = greater(row.toUs, entry.toUs);
    const missing = Math.max(row.missing, entry.missing);
    if (toId === row.toId && toUs === row.toUs && missing === row.missing) return 0;
    return this.#put({ ...row, toId, toUs, missing });
  }

  /**
   * Closes the row of `entry`'s key; a stale stream's row is the open one of its channel, whatever
   * time it began at. A gap the ledger never heard of comes in as repaired. Returns rows changed.
   */
  close(instrument: number, entry: LedgerEntry): number {
    if (entry.kind === 'stale') return this.#endStale(instrument, entry);
    const key = gapKeyText(gapKeyOf(instrument, entry));
    if (!this.#rows.has(key)) {
      const stale = this.#endStale(instrument, entry);
      if (stale > 0) return stale;
      this.open(instrument, { ...entry, how: null });
    }
    const row = this.#rows.get(key);
    if (row === undefined || row.repaired === 1) return 0;
    const { detectedUs, how, toId, toUs } = entry;
    return this.#put({
      ...row,
      repaired: 1,
      repairedUs: detectedUs,
      how,
      toId: toId ?? row.toId,
      toUs: toUs ?? row.toUs,
    });
  }

  #endStale(instrument: number, { channel, detectedUs, how, toUs }: LedgerEntry): number {
    let changed = 0;
    for (const row of this.#rows.values()) {
      const isIt = row.kind === 'stale' && row.channel === channel && row.repaired === 0;
      if (!isIt || row.instrument !== instrument || instrument === 0) continue;
      changed += this.#put({ ...row, repaired: 1, repairedUs: detectedUs, how, toUs });
    }
    return changed;
  }

  #put(row: StoredGap): number {
    const key = gapKeyText(row);
    this.#rows.set(key, row);
    this.#changed.add(key);
    return 1;
  }
}

function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
