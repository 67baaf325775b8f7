/** Numbers as people read them. Absent values (NaN) are a dash everywhere. */

const ABSENT = '–';

/** `1,234,567` */
export function countText(count: number): string {
  if (!Number.isFinite(count)) return ABSENT;
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `987`, `12.3k`, `4.56M`: at most five characters. */
export function rateText(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return ABSENT;
  for (const [unit, suffix] of RATE_UNITS) {
    if (perSecond >= unit * 0.9995) return `${threeDigits(perSecond / unit)}${suffix}`;
  }
  return perSecond < 10 && perSecond > 0 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}
const RATE_UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `840 µs`, `12.3 ms`, `-1.27 s`, from µs. */
export function spanText(us: number): string {
  if (!Number.isFinite(us)) return ABSENT;
  const size = Math.abs(us);
  if (size < 1_000) return `${Math.round(us)} µs`;
  if (size < 1_000_000) return `${threeDigits(us / 1_000)} ms`;
  return `${threeDigits(us / 1_000_000)} s`;
}

/** `512 B`, `8.00 MiB` */
export function lengthText(length: number): string {
  if (!Number.isFinite(length)) return ABSENT;
  let value = length;
  let unit = 0;
  while (value >= 1024 && unit < LENGTH_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${LENGTH_UNITS[unit]}`;
}
const LENGTH_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1:02:03` or `2d 03:04:05`, from seconds. */
export function elapsedText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const [h, m, s] = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const clock = [h, m, s].map((part) => String(part).padStart(2, '0')).join(':');
  return days > 0 ? `${days}d ${clock}` : clock;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}
