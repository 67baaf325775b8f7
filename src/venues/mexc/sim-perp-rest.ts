/**
 * REST of MEXC's contracts as the embedded exchange answers it: the market list with contract
 * sizes, book snapshots, the newest hundred trades, fundings. Refusals are answers of status 200.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { dealRow, levelRow } from './sim-perp.ts';

const TARGET = /^\/api\/v1\/contract\/(ping|detail|depth|deals|funding_rate)(?:\/([^/]+))?$/;
const DEALS_MAX = 100;
const DEPTH_MAX = 1000;
const FUNDING_EVERY_MS = 8 * 3600 * 1000;

export class PerpSimRest {
  readonly #host: SimHost;
  readonly #bySymbol: ReadonlyMap<string, SimInstrument>;

  constructor(host: SimHost) {
    this.#host = host;
    this.#bySymbol = new Map(host.instruments.map((each) => [each.listing.venueSymbol, each]));
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    const [, use = '', name = ''] = TARGET.exec(decodeURIComponent(path)) ?? [];
    const nowMs = Math.floor(this.#host.nowUs() / US_PER_MS);
    if (use === '') return { status: 404, body: '{"success":false,"code":404}' };
    if (use === 'ping') return wrapped(String(nowMs));
    if (use === 'detail') {
      return wrapped(`[${this.#host.instruments.map(detailRow).join(',')}]`);
    }
    const instrument = this.#bySymbol.get(name);
    if (instrument === undefined) {
      return { status: 200, body: '{"success":false,"code":1001,"message":"contract not exists"}' };
    }
    if (use === 'funding_rate') return wrapped(funding(instrument, nowMs));
    if (use === 'depth') {
      const limit = Math.min(DEPTH_MAX, Number(query.get('limit') ?? DEPTH_MAX));
      return wrapped(depth(instrument, limit));
    }
    const limit = Math.min(DEALS_MAX, Number(query.get('limit') ?? DEALS_MAX));
    return wrapped(`[${newestDeals(instrument, limit).join(',')}]`);
  }

  /** With status 200, as the venue's: the client has to read it. */
  refusal(): SimRestAnswer {
    return { status: 200, body: '{"success":false,"code":510,"message":"Requests too frequent"}' };
  }
}

function wrapped(data: string): SimRestAnswer {
  return { status: 200, body: `{"success":true,"code":0,"data":${data}}` };
}

/** Newest first. The documents' rows have no id; clients saw some. */
function newestDeals(instrument: SimInstrument, limit: number): string[] {
  const trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  const newest = instrument.newestTrade();
  const rows: string[] = [];
  for (let number = newest; number >= 0 && rows.length < limit; number -= 1) {
    instrument.readTrade(number, trade);
    rows.push(dealRow(instrument, trade, instrument.index % 2 === 0));
  }
  return rows;
}

function depth(instrument: SimInstrument, limit: number): string {
  const { id, tsUs, bids, asks } = instrument.snapshot();
  const sides = [asks, bids].map((side) => {
    const rows: string[] = [];
    for (let i = 0; i < Math.min(side.length, limit * 2); i += 2) {
      rows.push(levelRow(instrument, side[i] as number, side[i + 1] as number));
    }
    return rows.join(',');
  });
  const timestamp = Math.floor(tsUs / US_PER_MS);
  return `{"asks":[${sides[0]}],"bids":[${sides[1]}],"version":${id},"timestamp":${timestamp}}`;
}

function funding({ listing }: SimInstrument, nowMs: number): string {
  const next = (Math.floor(nowMs / FUNDING_EVERY_MS) + 1) * FUNDING_EVERY_MS;
  return JSON.stringify({
    symbol: listing.venueSymbol,
    fundingRate: 0.0001,
    maxFundingRate: 0.003,
    minFundingRate: -0.003,
    collectCycle: 8,
    nextSettleTime: next,
    timestamp: nowMs,
  });
}

function detailRow({ listing }: SimInstrument): string {
  const { venueSymbol, base, quote, tick, lot, inverseValue } = listing;
  const step = (units: number, decimals: number) =>
    Number((units / 10 ** decimals).toFixed(decimals));
  return JSON.stringify({
    symbol: venueSymbol,
    displayNameEn: `${venueSymbol} PERPETUAL`,
    baseCoin: base,
    quoteCoin: quote,
    settleCoin: inverseValue === undefined ? quote : base,
    contractSize: inverseValue ?? step(lot.units, lot.decimals),
    priceUnit: step(tick.units, tick.decimals),
    priceScale: tick.decimals,
    volUnit: 1,
    volScale: 0,
    minVol: 1,
    maxVol: 1_000_000,
    state: 0,
    apiAllowed: true,
  });
}
