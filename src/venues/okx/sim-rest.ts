/**
 * OKX's REST as the embedded exchange answers it: instrument lists, books, trades back in time.
 * Newest first, and `after` gives what is older.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { contractValue, isSwap, lotText, priceText, sizeText } from './sim-market.ts';
import { fillsOf, tradeFields } from './sim-streams.ts';

const PREFIX = '/api/v5/';
const TRADES_MAX = 100;
const NEWEST_MAX = 500;
const BOOK_MAX = 400;

export class SimRest {
  readonly #host: SimHost;
  readonly #byName = new Map<string, SimInstrument>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#host = host;
    for (const each of host.instruments) this.#byName.set(each.listing.venueSymbol, each);
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    const endpoint = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
    switch (endpoint) {
      case 'public/time':
        return data([`{"ts":"${Math.floor(this.#host.nowUs() / US_PER_MS)}"}`]);
      case 'public/instruments':
        return this.#instruments(query.get('instType'));
      case 'market/books':
      case 'market/trades':
      case 'market/history-trades':
        break;
      default:
        return { status: 404, body: '{"code":"404","msg":"Not Found","data":[]}' };
    }
    const instrument = this.#byName.get(query.get('instId') ?? '');
    if (instrument === undefined) return refusal('51001', 'Instrument ID does not exist');
    if (endpoint === 'market/books') return this.#book(instrument, query);
    return this.#trades(instrument, query, endpoint === 'market/history-trades');
  }

  #instruments(instType: string | null): SimRestAnswer {
    if (instType === 'FUTURES' || instType === 'OPTION') return data([]);
    if (instType !== 'SPOT' && instType !== 'SWAP') {
      return refusal('51000', 'Parameter instType error');
    }
    const wanted = this.#host.instruments.filter(
      ({ listing }) => isSwap(listing) === (instType === 'SWAP'),
    );
    return data(wanted.map((each) => JSON.stringify(describe(each))));
  }

  #book(instrument: SimInstrument, query: URLSearchParams): SimRestAnswer {
    const { id, tsUs, bids, asks } = instrument.snapshot();
    const limit = Math.min(BOOK_MAX, Number(query.get('sz') ?? 1)) * 2;
    const levels = (side: readonly number[]): string => {
      const rows: string[] = [];
      for (let i = 0; i < Math.min(side.length, limit); i += 2) {
        const price = priceText(instrument, side[i] as number);
        rows.push(`["${price}","${sizeText(instrument, side[i + 1] as number)}","0","1"]`);
      }
      return `[${rows.join(',')}]`;
    };
    const ms = Math.floor(tsUs / US_PER_MS);
    return data([`{"asks":${levels(asks)},"bids":${levels(bids)},"ts":"${ms}","seqId":${id}}`]);
  }

  /** Single fills: two a trade. */
  #trades(instrument: SimInstrument, query: URLSearchParams, hasCursor: boolean): SimRestAnswer {
    const most = hasCursor ? TRADES_MAX : NEWEST_MAX;
    const limit = Math.min(most, Math.max(1, Number(query.get('limit') ?? TRADES_MAX)));
    const oldest = 2 * instrument.idBase;
    const newest = oldest + 2 * instrument.newestTrade() + 1;
    const after = hasCursor ? query.get('after') : null;
    if (after !== null && !/^\d{1,16}$/.test(after)) {
      return refusal('51000', 'Parameter after error');
    }
    const from = after === null ? newest : Math.min(newest, Number(after) - 1);
    const rows: string[] = [];
    for (let id = from; id >= oldest && rows.length < limit; id -= 1) {
      instrument.readTrade(Math.floor(id / 2) - instrument.idBase, this.#trade);
      const fill = fillsOf(instrument, this.#trade)[id % 2 === 0 ? 0 : 1];
      rows.push(`{${tradeFields(instrument, this.#trade, id, fill.lots)},"source":"0"}`);
    }
    return data(rows);
  }
}

export function refusal(code: string, msg: string, status = 200): SimRestAnswer {
  return { status, body: JSON.stringify({ code, msg, data: [] }) };
}

function data(rows: readonly string[]): SimRestAnswer {
  return { status: 200, body: `{"code":"0","msg":"","data":[${rows.join(',')}]}` };
}

function describe(instrument: SimInstrument): object {
  const { listing } = instrument;
  const { base, quote, venueSymbol, inverseValue } = listing;
  const isInverse = inverseValue !== undefined;
  const steps = {
    instId: venueSymbol,
    tickSz: priceText(instrument, 1),
    lotSz: lotText(instrument),
    minSz: lotText(instrument),
    state: 'live',
    listTime: '1611916828000',
    expTime: '',
  };
  if (!isSwap(listing)) {
    const names = { instType: 'SPOT', baseCcy: base, quoteCcy: quote, uly: '', instFamily: '' };
    return { ...names, ...steps, ctVal: '', ctMult: '', ctValCcy: '', ctType: '', settleCcy: '' };
  }
  const family = `${base}-${quote}`;
  return {
    ...{ instType: 'SWAP', baseCcy: '', quoteCcy: '', uly: family, instFamily: family },
    ...steps,
    ctVal: contractValue(listing),
    ctMult: '1',
    ctValCcy: isInverse ? quote : base,
    ctType: isInverse ? 'inverse' : 'linear',
    settleCcy: isInverse ? base : quote,
  };
}
