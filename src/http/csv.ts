/**
 * Rows as CSV (RFC 4180 quoting, `\n` ends a line, a header row first, empty for null). Numbers are
 * the shortest text that reads back as the same float64, as in JSON.
 */

export type CsvValue = string | number | boolean | null;

export function formatCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, CsvValue>>[],
): string {
  const lines = [columns.join(',')];
  for (const row of rows) lines.push(columns.map((column) => field(row[column])).join(','));
  return `${lines.join('\n')}\n`;
}

function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
