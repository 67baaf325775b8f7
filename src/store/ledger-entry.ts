/** How a stream status becomes a row of the gap ledger. The same in every store. */
import type { StatusRecord } from '../model/record-codec.ts';
import { Channel, GAP_KIND_NAMES, type LedgerKind, StatusKind } from '../model/record-layout.ts';
import { isTimeUs } from './record-problem.ts';

/** Key: instrument, kind, channel, fromId, fromUs (and `how` of a quarantined row). */
export interface LedgerEntry {
  readonly kind: string;
  readonly channel: Channel;
  readonly fromId: number | null;
  readonly toId: number | null;
  readonly fromUs: number;
  readonly toUs: number | null;
  readonly missing: number;
  readonly cause: string;
  readonly detectedUs: number;
  readonly how: string | null;
}

/** How a `repaired` status of a stale stream begins. */
const STALE_PREFIX = 'stale';

/**
 * Ledger `kind` of a status, or undefined when it makes no row. `repaired` names what it closes.
 */
export function ledgerKind(status: StatusRecord): LedgerKind | undefined {
  const { kind, channel, how } = status;
  if (kind === StatusKind.gap) return GAP_KIND_NAMES[channel];
  if (kind === StatusKind.repaired) {
    return how.startsWith(STALE_PREFIX) ? 'stale' : GAP_KIND_NAMES[channel];
  }
  if (kind === StatusKind.stale) return 'stale';
  if (kind === StatusKind.quarantine) return 'quarantine';
  if (kind === StatusKind.refused) return 'refused';
  return kind === StatusKind.dropped ? 'dropped' : undefined;
}

export function ledgerEntry(status: StatusRecord, kind: string): LedgerEntry {
  const { recvUs, how } = status;
  return {
    kind,
    channel: status.channel,
    fromId: idOrNull(status.fromId),
    toId: idOrNull(status.toId),
    // The start is part of the key, so an absent one must come out the same each time.
    fromUs: isTimeUs(status.fromUs) ? status.fromUs : recvUs,
    toUs: isTimeUs(status.toUs) ? status.toUs : null,
    missing: Number.isSafeInteger(status.missing) ? status.missing : 0,
    cause: status.cause,
    detectedUs: recvUs,
    // Of a quarantined row it is part of the key, so an absent one must be a value there.
    how: how === '' && kind !== 'quarantine' ? null : how,
  };
}

/** A record that cannot be a row: kept as text, at the best time it has. */
export function quarantineEntry(
  reason: string,
  content: string,
  recvUs: number,
  tsUs: number,
): LedgerEntry {
  const us = isTimeUs(recvUs) ? recvUs : isTimeUs(tsUs) ? tsUs : 0;
  return {
    kind: 'quarantine',
    channel: Channel.trades,
    fromId: null,
    toId: null,
    fromUs: us,
    toUs: null,
    missing: 1,
    cause: reason,
    detectedUs: us,
    how: content,
  };
}

function idOrNull(id: number): number | null {
  return Number.isSafeInteger(id) ? id : null;
}
