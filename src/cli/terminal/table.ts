/** Plain tables of text, and how they give way on narrow screens: least wanted columns go first. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The column with the highest number goes first when the width is short; 0 always stays. */
  readonly rank?: number;
}

export interface Cell {
  readonly text: string;
  /** Number of an ANSI colour (31 red, 32 green, 33 yellow). */
  readonly colour?: number;
}

const SEPARATOR = '  ';

/** Header and rows as lines of at most `width` characters, without trailing blanks. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly (string | Cell)[])[],
  width = Number.POSITIVE_INFINITY,
  hasColour = false,
): string[] {
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => textOf(row[i]).length)),
  );
  const shown = shownColumns(columns, widths, width);
  const header = columns.map((column) => column.title);
  return [header, ...rows].map((row) => {
    let left = width;
    const cells = shown.map((i, place) => {
      const text = fit(textOf(row[i]), widths[i] ?? 0, columns[i]?.align ?? 'left');
      const separator = place === 0 ? '' : SEPARATOR;
      const cut = truncate(separator + text, left);
      left -= cut.length;
      const cell = row[i];
      const colour = typeof cell === 'object' ? cell.colour : undefined;
      return hasColour && colour !== undefined ? `\x1b[${colour}m${cut}\x1b[0m` : cut;
    });
    return cells.join('').trimEnd();
  });
}

/** `text` in at most `width` characters, an ellipsis where it was cut. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`;
}

function textOf(cell: string | Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '');
}

function fit(text: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

function shownColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): number[] {
  let shown = columns.map((_, i) => i);
  const total = (): number =>
    shown.reduce((sum, i) => sum + (widths[i] ?? 0) + SEPARATOR.length, -SEPARATOR.length);
  while (total() > width) {
    const ranked = shown.filter((i) => (columns[i]?.rank ?? 0) > 0);
    if (ranked.length === 0) break;
    const worst = ranked.reduce((a, b) =>
      (columns[b]?.rank ?? 0) >= (columns[a]?.rank ?? 0) ? b : a,
    );
    shown = shown.filter((i) => i !== worst);
  }
  return shown;
}
