/** `/api/v1/trades`: stored trades of one instrument or of all that the filter names. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { RowQuery, StoreReader, TradeRow } from '../../store/contract.ts';
import { defineGet } from '../get-route.ts';
import type { InstrumentListing } from '../instrument-directory.ts';
import { pageResponse, planPage } from '../page-query.ts';
import { INSTRUMENT_FILTER, PAGE_FIELDS } from '../query-fields.ts';
import { ROW_PROBLEMS, type RouteDeps } from '../route-deps.ts';
import { type PageSource, readPage, type TimeRange } from '../row-pager.ts';
import { pageAnswers, TRADE_COLUMNS, tradeSchema } from '../row-schemas.ts';

const PATH = '/api/v1/trades';

export function addTradeRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  defineGet(
    app,
    {
      path: PATH,
      tag: 'rows',
      summary: 'Trades',
      description: 'In time order; trades of one time by venue, symbol, type and trade id.',
      query: { ...INSTRUMENT_FILTER, ...PAGE_FIELDS },
      answers: pageAnswers(tradeSchema),
      problems: ROW_PROBLEMS,
    },
    async (query) => {
      const { venue, symbol, market_type } = query;
      const plan = planPage(query, [PATH, venue, symbol, market_type]);
      const instruments = await deps.directory.find({ venue, symbol, market_type });
      const page = await deps.gate.read((reader) =>
        readPage(tradeSource(reader, instruments, plan.request.order), plan.request),
      );
      return pageResponse(TRADE_COLUMNS, page, plan, query.format);
    },
  );
}

function tradeSource(
  reader: StoreReader,
  instruments: readonly InstrumentListing[],
  order: 'asc' | 'desc',
): PageSource<TradeRow> {
  const sign = order === 'asc' ? 1 : -1;
  return {
    timeOf: (row) => row.ts_us,
    keyOf: (row) => [row.venue, row.symbol, row.market_type, row.trade_id],
    // Instrument by instrument: stores find those rows by key, where a query over all of them would
    // sort a whole table.
    async read(range, limit) {
      let rows: TradeRow[] = [];
      for (const { venue, symbol, marketType } of instruments) {
        const key = { venue, symbol, marketType };
        const within = rows.length < limit ? range : narrowed(range, order, rows.at(-1));
        const found = await reader.trades({ ...key, ...rangeOf(within), limit, order });
        if (rows.length === 0) rows = found;
        else if (found.length > 0) {
          rows.push(...found);
          rows.sort((a, b) => sign * (a.ts_us - b.ts_us));
          rows = rows.slice(0, limit);
        }
      }
      return rows;
    },
  };
}

/**
 * A page is full: of the next instrument, only rows up to the time of its last row can still enter.
 */
function narrowed(range: TimeRange, order: 'asc' | 'desc', last: TradeRow | undefined): TimeRange {
  if (last === undefined) return range;
  return order === 'asc'
    ? { startUs: range.startUs, endUs: last.ts_us + 1 }
    : { startUs: last.ts_us, endUs: range.endUs };
}

/** Absent rather than undefined, as the contract's optional properties want it. */
export function rangeOf(range: TimeRange): Pick<RowQuery, 'startUs' | 'endUs'> {
  return {
    ...(range.startUs === undefined ? {} : { startUs: range.startUs }),
    ...(range.endUs === undefined ? {} : { endUs: range.endUs }),
  };
}
