/** The two assets that older parts of the venue, REST among them, call otherwise. */

const MODERN: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' };
const OLD: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

/** The asset's name in WebSocket v2, and ours. */
export function modernAsset(name: string): string {
  return Object.hasOwn(MODERN, name) ? (MODERN[name] as string) : name;
}

/** The asset's name in REST's short names of pairs. */
export function oldAsset(name: string): string {
  return Object.hasOwn(OLD, name) ? (OLD[name] as string) : name;
}
