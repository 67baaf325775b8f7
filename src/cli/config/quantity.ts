/**
 * Quantities as people write them, in config and options: durations (`30s`), sizes (`8MiB`) and
 * addresses (`127.0.0.1:8710`). Each parser gives undefined for what it does not understand.
 */

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_LENGTH = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
} as const;

export const DURATION_FORM = 'a duration such as 500ms, 30s, 2m, 1h';
export const SIZE_FORM = 'a size such as 512KiB, 8MiB, 1GiB';
export const ADDRESS_FORM = 'an address such as 127.0.0.1:8710';

/** Milliseconds, or undefined. Units: ms, s, m, h, d; a number alone is refused as ambiguous. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * DURATION_MS[match[2] as keyof typeof DURATION_MS];
  return Number.isSafeInteger(Math.round(ms)) ? ms : undefined;
}

/** Bytes, or undefined. Units: B, kB, MB, GB, TB (powers of 1000), KiB … TiB (of 1024). */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)$/i.exec(text.trim());
  const unit = match?.[2]?.toLowerCase() as keyof typeof SIZE_LENGTH | undefined;
  if (match === null || unit === undefined || SIZE_LENGTH[unit] === undefined) return undefined;
  const length = Number(match[1]) * SIZE_LENGTH[unit];
  return Number.isSafeInteger(length) ? length : undefined;
}

export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT` or `:PORT` (loopback), or undefined. Port 0 lets the system choose. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]*)):(\d{1,5})$/i.exec(text.trim());
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  return { hostname: match[1] ?? (match[2] || '127.0.0.1'), port };
}
