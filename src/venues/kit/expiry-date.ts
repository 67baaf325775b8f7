/** Days on which dated contracts end, as canonical symbols write them (`YYMMDD`). */

/** `YYMMDD` of a day of this century, or undefined when there is no such day. */
export function expiryText(yy: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(2000 + yy, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return [yy, month, day].map((part) => String(part).padStart(2, '0')).join('');
}

/** True when `text` is `YYMMDD` of a day there is. */
export function isExpiry(text: string): boolean {
  if (!/^\d{6}$/.test(text)) return false;
  const [yy, month, day] = [0, 2, 4].map((at) => Number(text.slice(at, at + 2)));
  return expiryText(yy ?? 0, month ?? 0, day ?? 0) === text;
}
