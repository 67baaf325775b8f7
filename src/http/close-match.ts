/** Close matches for a name that nobody knows: the API names them instead of a bare "not found". */

/** Names within this share of edits of the longer one count as close. */
const CLOSE_SHARE = 0.5;
/** Longer texts are no misspelling, and the distance costs the product of the lengths. */
const COMPARE_LENGTH_MAX = 64;

/** At most `countMax` of `names` that `text` may have meant, the closest first. */
export function closeMatches(text: string, names: readonly string[], countMax: number): string[] {
  const wanted = plain(text);
  if (wanted.length === 0) return [];
  const scored: { name: string; distance: number }[] = [];
  for (const name of names) {
    const known = plain(name);
    const distance = editDistance(wanted, known);
    const isClose = distance <= Math.max(wanted.length, known.length) * CLOSE_SHARE;
    if (isClose || known.includes(wanted)) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, countMax).map((entry) => entry.name);
}

/** `BTC/USDT`, `btc-usdt` and `BTCUSDT` are spelled the same here. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .slice(0, COMPARE_LENGTH_MAX);
}

/** Levenshtein distance with one row of memory. */
function editDistance(a: string, b: string): number {
  const row = new Uint16Array(b.length + 1).map((_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    let diagonal = row[0] as number;
    row[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const above = row[j] as number;
      const change = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      row[j] = Math.min(above + 1, (row[j - 1] as number) + 1, diagonal + change);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}
