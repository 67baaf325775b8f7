/** Values as the driver gives them: BIGINT comes as text, all other numbers as numbers. */

export type SqlNumber = number | string | null;

export function numberOrNull(value: SqlNumber | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function numberOrNaN(value: SqlNumber | undefined): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}

/** A DATETIME2 as the driver reads it: milliseconds in the date, the rest in seconds beside it. */
export type DriverDate = Date & { readonly nanosecondsDelta?: number };

/** µs since the Unix epoch. A date that was read must not be written: it would lose the µs. */
export function dateUs(date: DriverDate): number {
  return date.getTime() * 1_000 + Math.round((date.nanosecondsDelta ?? 0) * 1e6);
}
