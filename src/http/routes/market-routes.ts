/**
 * Stored rows of one instrument or of all that the filter names: `/api/v1/trades`, `quotes`,
 * `book`, `derivatives` and `liquidations`.
 */
import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { StoreReader } from '../../store/contract.ts';
import type { CsvValue } from '../csv.ts';
import { defineGet } from '../get-route.ts';
import { type MarketRows, marketSource } from '../market-pages.ts';
import { pageResponse, planPage } from '../page-query.ts';
import { INSTRUMENT_FILTER, PAGE_FIELDS } from '../query-fields.ts';
import { ROW_PROBLEMS, type RouteDeps } from '../route-deps.ts';
import { readPage } from '../row-pager.ts';
import {
  BOOK_COLUMNS,
  bookSchema,
  DERIVATIVE_COLUMNS,
  derivativeSchema,
  LIQUIDATION_COLUMNS,
  liquidationSchema,
  pageAnswers,
  QUOTE_COLUMNS,
  quoteSchema,
  TRADE_COLUMNS,
  tradeSchema,
} from '../row-schemas.ts';

interface MarketRoute<Column extends string, Row> {
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly schema: z.ZodType;
  readonly rows: (reader: StoreReader) => MarketRows<Row>;
}

type AnyRow<Column extends string> = Readonly<Record<Column, CsvValue>> & {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
};

const BY_RECEIPT = 'In the order of receipt: `start` and `end` are receive times.';

export function addMarketRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  addRoute(app, deps, {
    path: '/api/v1/trades',
    summary: 'Trades',
    description: 'In time order; trades of one time by venue, symbol, type and trade id.',
    columns: TRADE_COLUMNS,
    schema: tradeSchema,
    rows: (reader) => ({
      read: (query) => reader.trades(query),
      timeOf: (row) => row.ts_us,
      keyOf: (row) => [row.trade_id],
    }),
  });
  addRoute(app, deps, {
    path: '/api/v1/quotes',
    summary: 'Best bids and offers, at each change',
    description: BY_RECEIPT,
    columns: QUOTE_COLUMNS,
    schema: quoteSchema,
    rows: (reader) => ({
      read: (query) => reader.quotes(query),
      timeOf: (row) => row.recv_us,
      keyOf: (row) => [row.ts_us, row.bid_price, row.bid_size, row.ask_price, row.ask_size],
    }),
  });
  addRoute(app, deps, {
    path: '/api/v1/book',
    summary: 'Snapshots of order books',
    description: `${BY_RECEIPT} The newest one is \`limit=1\`.`,
    columns: BOOK_COLUMNS,
    schema: bookSchema,
    rows: (reader) => ({
      read: (query) => reader.books(query),
      timeOf: (row) => row.recv_us,
      keyOf: (row) => [row.sequence],
    }),
  });
  addRoute(app, deps, {
    path: '/api/v1/derivatives',
    summary: 'Mark and index price, funding, open interest',
    description: 'In time order. Each row is what one message of the venue said; the rest is null.',
    columns: DERIVATIVE_COLUMNS,
    schema: derivativeSchema,
    rows: (reader) => ({
      read: (query) => reader.derivatives(query),
      timeOf: (row) => row.ts_us,
      keyOf: (row) => [row.recv_us],
    }),
  });
  addRoute(app, deps, {
    path: '/api/v1/liquidations',
    summary: 'Liquidations',
    description: 'In time order, as far as the venue publishes them.',
    columns: LIQUIDATION_COLUMNS,
    schema: liquidationSchema,
    rows: (reader) => ({
      read: (query) => reader.liquidations(query),
      timeOf: (row) => row.ts_us,
      keyOf: (row) => [row.side, row.price, row.size],
    }),
  });
}

function addRoute<Column extends string, Row extends AnyRow<Column>>(
  app: OpenAPIHono,
  deps: RouteDeps,
  route: MarketRoute<Column, Row>,
): void {
  const { path, summary, description, columns, schema, rows } = route;
  defineGet(
    app,
    {
      path,
      tag: 'rows',
      summary,
      description,
      query: { ...INSTRUMENT_FILTER, ...PAGE_FIELDS },
      answers: pageAnswers(schema),
      problems: ROW_PROBLEMS,
    },
    async (query) => {
      const { venue, symbol, market_type } = query;
      const plan = planPage(query, [path, venue, symbol, market_type]);
      const instruments = await deps.directory.find({ venue, symbol, market_type });
      const page = await deps.gate.read((reader) =>
        readPage(marketSource(rows(reader), instruments, plan.request.order), plan.request),
      );
      return pageResponse(columns, page, plan, query.format);
    },
  );
}
