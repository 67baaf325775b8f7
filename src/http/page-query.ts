/** From checked query parameters to a page request, and from a page to the response. */

import { type CsvValue, formatCsv } from './csv.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { badParameter } from './problem.ts';
import { LIMIT_DEFAULT } from './query-fields.ts';
import type { Page, PageRequest } from './row-pager.ts';

export interface PageQuery {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly limit?: number | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  readonly cursor?: string | undefined;
  readonly format?: 'json' | 'csv' | undefined;
}

export interface PagePlan {
  readonly request: PageRequest;
  /** What a cursor of this query is bound to. */
  readonly scope: string;
}

/**
 * `filters` are the route and its parameters that select rows. Throws the 400 for start ≥ end and
 * for a cursor of another query.
 */
export function planPage(query: PageQuery, filters: readonly unknown[]): PagePlan {
  const { start: startUs, end: endUs, cursor } = query;
  if (startUs !== undefined && endUs !== undefined && startUs >= endUs) {
    throw badParameter('start', 'start must be before end');
  }
  // Who names a start reads forward from it; who names none wants the newest.
  const order = query.order ?? (startUs === undefined ? 'desc' : 'asc');
  const scope = JSON.stringify([filters, startUs ?? null, endUs ?? null, order]);
  const after = cursor === undefined ? undefined : decodeCursor(scope, cursor);
  return { request: { startUs, endUs, limit: query.limit ?? LIMIT_DEFAULT, order, after }, scope };
}

/** A page as JSON `{data, next}`, or as CSV with `next` in the header `x-next-cursor`. */
export function pageResponse<Column extends string, Row extends Readonly<Record<Column, CsvValue>>>(
  columns: readonly Column[],
  page: Page<Row>,
  plan: PagePlan,
  format: 'json' | 'csv' | undefined,
): Response {
  const next = page.next === undefined ? null : encodeCursor(plan.scope, page.next);
  return rowsResponse(columns, page.rows, next, format);
}

export function rowsResponse<Column extends string, Row extends Readonly<Record<Column, CsvValue>>>(
  columns: readonly Column[],
  rows: readonly Row[],
  next: string | null,
  format: 'json' | 'csv' | undefined,
): Response {
  if (format !== 'csv') return jsonResponse({ data: rows, next });
  const headers = new Headers({ 'content-type': 'text/csv; charset=utf-8; header=present' });
  if (next !== null) headers.set('x-next-cursor', next);
  return new Response(formatCsv(columns, rows), { headers });
}

/** NaN and infinities ("none yet") become null. */
export function jsonResponse(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { 'content-type': 'application/json; charset=UTF-8' },
  });
}
