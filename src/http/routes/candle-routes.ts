/** `/api/v1/candles` and `/api/v1/candles/latest`. `ts` of a candle is the open of its bucket. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { EngineError } from '../../base/errors.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import type { InstrumentKey } from '../../model/instrument.ts';
import {
  bucketEndUs,
  bucketOpenUs,
  nests,
  parseTimeframe,
  type Timeframe,
} from '../../model/timeframe.ts';
import type { CandleQuery, CandleRow, StoreReader } from '../../store/contract.ts';
import { defineGet } from '../get-route.ts';
import { rangeOf } from '../market-pages.ts';
import { pageResponse, planPage, rowsResponse } from '../page-query.ts';
import { badParameter } from '../problem.ts';
import { INSTRUMENT_FILTER, ONE_INSTRUMENT, PAGE_FIELDS, timeframeField } from '../query-fields.ts';
import { ROW_PROBLEMS, type RouteDeps } from '../route-deps.ts';
import { type PageSource, readPage } from '../row-pager.ts';
import { CANDLE_COLUMNS, candleSchema, pageAnswers } from '../row-schemas.ts';

const PATH = '/api/v1/candles';
const PROBLEMS = {
  ...ROW_PROBLEMS,
  422: 'The timeframe can be made from no stored one.',
};

export function addCandleRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  defineGet(
    app,
    {
      path: PATH,
      tag: 'rows',
      summary: 'Candles of one instrument and timeframe',
      description:
        'The timeframe need not be stored: any multiple of a stored one is made from it.',
      query: { ...ONE_INSTRUMENT, timeframe: timeframeField, ...PAGE_FIELDS },
      answers: pageAnswers(candleSchema),
      problems: PROBLEMS,
    },
    async (query) => {
      const { venue, symbol, market_type } = query;
      const timeframe = timeframeOf(query.timeframe);
      const plan = planPage(query, [PATH, venue, symbol, market_type, timeframe.name]);
      const instrument = await deps.directory.findOne({ venue, symbol, market_type });
      const request = {
        ...plan.request,
        startUs: nextOpenUs(timeframe, plan.request.startUs),
        endUs: nextOpenUs(timeframe, plan.request.endUs),
      };
      const page = await deps.gate.read((reader) =>
        readPage(
          candleSource(readerOf(reader, deps.view), instrument, timeframe, request.order),
          request,
        ),
      );
      return pageResponse(CANDLE_COLUMNS, page, plan, query.format);
    },
  );
  addLatestRoute(app, deps);
}

function addLatestRoute(app: OpenAPIHono, deps: RouteDeps): void {
  defineGet(
    app,
    {
      path: `${PATH}/latest`,
      tag: 'rows',
      summary: 'The newest stored candle of each instrument and timeframe',
      description:
        'Of the timeframes being recorded, or the one given. An open bucket reads partial.',
      query: {
        ...INSTRUMENT_FILTER,
        timeframe: timeframeField.optional(),
        format: PAGE_FIELDS.format,
      },
      answers: pageAnswers(candleSchema),
      problems: PROBLEMS,
    },
    async ({ venue, symbol, market_type, timeframe, format }) => {
      const instruments = await deps.directory.find({ venue, symbol, market_type });
      const names = timeframe === undefined ? deps.view.timeframes : [timeframe];
      const rows = await deps.gate.read((reader) =>
        readLatest(readerOf(reader, deps.view), instruments, names),
      );
      return rowsResponse(CANDLE_COLUMNS, rows, null, format);
    },
  );
}

type CandleReader = (query: CandleQuery) => Promise<CandleRow[]>;

/**
 * A store can say of no timeframe that it will come: before the first candle of an instrument is
 * stored it calls every timeframe impossible. One that is being recorded is merely empty.
 */
function readerOf(reader: StoreReader, view: EngineView): CandleReader {
  return async (query) => {
    try {
      return await reader.candles(query);
    } catch (error) {
      if (isNotDerivable(error) && isRecorded(view, query.timeframe)) return [];
      throw error;
    }
  };
}

function isNotDerivable(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'not_derivable';
}

function isRecorded(view: EngineView, name: string): boolean {
  const wanted = parseTimeframe(name);
  if (wanted === undefined) return false;
  return view.timeframes.some((stored) => {
    const fine = parseTimeframe(stored);
    return fine !== undefined && nests(fine, wanted);
  });
}

/** Throws what the store says only when it says it of every instrument. */
async function readLatest(
  read: CandleReader,
  instruments: readonly InstrumentKey[],
  timeframes: readonly string[],
): Promise<CandleRow[]> {
  const found: CandleRow[] = [];
  let answered = 0;
  let refusal: unknown;
  for (const { venue, symbol, marketType } of instruments) {
    for (const timeframe of timeframes) {
      try {
        const query = { venue, symbol, marketType, timeframe, limit: 1, order: 'desc' } as const;
        found.push(...(await read(query)));
        answered += 1;
      } catch (error) {
        if (!isNotDerivable(error)) throw error;
        refusal = error;
      }
    }
  }
  if (answered === 0 && refusal !== undefined) throw refusal;
  return found;
}

function candleSource(
  read: CandleReader,
  instrument: InstrumentKey,
  timeframe: Timeframe,
  order: 'asc' | 'desc',
): PageSource<CandleRow> {
  return {
    timeOf: (row) => row.ts_us,
    nextStartUs: (us) => bucketEndUs(timeframe, us),
    async read(range, limit) {
      const { startUs, endUs } = range;
      if (startUs !== undefined && endUs !== undefined && startUs >= endUs) return [];
      const query = { ...instrument, timeframe: timeframe.name, ...rangeOf(range), limit, order };
      return read(query);
    },
  };
}

function timeframeOf(name: string): Timeframe {
  const timeframe = parseTimeframe(name);
  if (timeframe === undefined) throw badParameter('timeframe', `timeframe ${name} is none`);
  return timeframe;
}

/**
 * The first bucket that opens at `us` or later. Ranges select candles by their open time, so both
 * ends move to a bucket's edge: a candle made from finer ones is then always made from all of them.
 */
function nextOpenUs(timeframe: Timeframe, us: number | undefined): number | undefined {
  if (us === undefined) return undefined;
  const openUs = bucketOpenUs(timeframe, us);
  return openUs === us ? us : bucketEndUs(timeframe, openUs);
}
