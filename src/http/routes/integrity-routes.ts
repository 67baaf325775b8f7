/** `/api/v1/gaps`, `/coverage` and `/sessions`: what was lost, what is proven, who recorded it. */
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { formatUs } from '../../base/clock.ts';
import type { CoverageRow, GapRow, SessionInfo } from '../../store/contract.ts';
import { defineGet } from '../get-route.ts';
import { rangeOf } from '../market-pages.ts';
import { jsonResponse, pageResponse, planPage } from '../page-query.ts';
import { GAP_FIELDS, INSTRUMENT_FILTER, limitField, PAGE_FIELDS } from '../query-fields.ts';
import { ROW_PROBLEMS, type RouteDeps } from '../route-deps.ts';
import { type PageSource, readPage } from '../row-pager.ts';
import {
  COVERAGE_COLUMNS,
  coverageSchema,
  GAP_COLUMNS,
  gapSchema,
  pageAnswers,
} from '../row-schemas.ts';

const SESSION_COUNT_DEFAULT = 100;

export function addIntegrityRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  addGapRoute(app, deps);
  addCoverageRoute(app, deps);
  addSessionRoute(app, deps);
}

function addGapRoute(app: OpenAPIHono, deps: RouteDeps): void {
  const path = '/api/v1/gaps';
  defineGet(
    app,
    {
      path,
      tag: 'integrity',
      summary: 'The gap ledger',
      description: 'By the time a gap begins.',
      query: { ...INSTRUMENT_FILTER, ...GAP_FIELDS, ...PAGE_FIELDS },
      answers: pageAnswers(gapSchema),
      problems: ROW_PROBLEMS,
    },
    async (query) => {
      const { venue, symbol, market_type, kind, repaired } = query;
      const plan = planPage(query, [path, venue, symbol, market_type, kind, repaired]);
      await deps.directory.find({ venue, symbol, market_type });
      const filter = { ...keyOf(query), ...defined({ kind, repaired }) };
      const { order } = plan.request;
      const page = await deps.gate.read((reader) => {
        const source: PageSource<GapRow> = {
          timeOf: (row) => row.from_us,
          keyOf: (row) => [row.venue, row.symbol, row.market_type, row.kind, row.from_id],
          read: (range, limit) => reader.gaps({ ...filter, ...rangeOf(range), limit, order }),
        };
        return readPage(source, plan.request);
      });
      return pageResponse(GAP_COLUMNS, page, plan, query.format);
    },
  );
}

function addCoverageRoute(app: OpenAPIHono, deps: RouteDeps): void {
  const path = '/api/v1/coverage';
  defineGet(
    app,
    {
      path,
      tag: 'integrity',
      summary: 'Stretches of trades that are proven complete',
      description: 'By the time a stretch begins.',
      query: { ...INSTRUMENT_FILTER, ...PAGE_FIELDS },
      answers: pageAnswers(coverageSchema),
      problems: ROW_PROBLEMS,
    },
    async (query) => {
      const { venue, symbol, market_type } = query;
      const plan = planPage(query, [path, venue, symbol, market_type]);
      await deps.directory.find({ venue, symbol, market_type });
      const { order } = plan.request;
      const page = await deps.gate.read((reader) => {
        const source: PageSource<CoverageRow> = {
          timeOf: (row) => row.from_us,
          keyOf: (row) => [row.venue, row.symbol, row.market_type, row.from_id],
          read: (range, limit) =>
            reader.coverage({ ...keyOf(query), ...rangeOf(range), limit, order }),
        };
        return readPage(source, plan.request);
      });
      return pageResponse(COVERAGE_COLUMNS, page, plan, query.format);
    },
  );
}

const sessionSchema = z
  .object({
    session_id: z.string(),
    started: z.string(),
    started_us: z.number().int(),
    ended: z.string().nullable(),
    ended_us: z.number().int().nullable(),
    command: z.string(),
    version: z.string(),
    summary: z.string().nullable(),
  })
  .openapi('Session');

function addSessionRoute(app: OpenAPIHono, deps: RouteDeps): void {
  defineGet(
    app,
    {
      path: '/api/v1/sessions',
      tag: 'integrity',
      summary: 'Recording sessions, newest first',
      description: 'The host and the config stay in the store: they name machines and files.',
      query: { limit: limitField },
      answers: { 'application/json': z.object({ data: z.array(sessionSchema), next: z.null() }) },
      problems: { 503: ROW_PROBLEMS[503] },
    },
    async ({ limit }) => {
      const sessions = await deps.gate.read((reader) =>
        reader.sessions(limit ?? SESSION_COUNT_DEFAULT),
      );
      return jsonResponse({ data: sessions.map(sessionRow), next: null });
    },
  );
}

function sessionRow(session: SessionInfo): z.infer<typeof sessionSchema> {
  return {
    session_id: session.sessionId,
    started: formatUs(session.startedUs),
    started_us: session.startedUs,
    ended: session.endedUs === null ? null : formatUs(session.endedUs),
    ended_us: session.endedUs,
    command: session.command,
    version: session.version,
    summary: session.summary,
  };
}

type KeyFields = z.infer<z.ZodObject<typeof INSTRUMENT_FILTER>>;

function keyOf({ venue, symbol, market_type: marketType }: KeyFields) {
  return defined({ venue, symbol, marketType });
}

/** Without the properties that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
