/**
 * Deribit's REST as the embedded exchange answers it: instruments by kind, trades of any sequence
 * of the past.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { amountText, tradeRow } from './sim-streams.ts';

const PREFIX = '/api/v2/public/';
const ROWS_DEFAULT = 10;
const ROWS_MAX = 1000;
const KINDS: Readonly<Record<string, string>> = { perp: 'future', future: 'future' };

export class SimRest {
  readonly #host: SimHost;
  readonly #byName = new Map<string, SimInstrument>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#host = host;
    for (const each of host.instruments) this.#byName.set(each.listing.venueSymbol, each);
  }

  weight({ path }: SimRestRequest): number {
    return path === `${PREFIX}get_instruments` ? 10 : 1;
  }

  answer({ method, path, query }: SimRestRequest): SimRestAnswer {
    if (method !== 'GET' || !path.startsWith(PREFIX)) return { status: 404, body: '' };
    switch (path.slice(PREFIX.length)) {
      case 'get_instruments':
        return this.#result(this.#instruments(query.get('kind')));
      case 'get_last_trades_by_instrument':
        return this.#trades(query);
      case 'get_time':
        return this.#result(String(Math.floor(this.#host.nowUs() / US_PER_MS)));
      default:
        return refuse(400, -32601, 'Method not found');
    }
  }

  refusal(retryAfterSeconds: number): SimRestAnswer {
    const answer = refuse(429, 10028, 'too_many_requests');
    return { ...answer, headers: { 'Retry-After': String(retryAfterSeconds) } };
  }

  #trades(query: URLSearchParams): SimRestAnswer {
    const instrument = this.#byName.get(query.get('instrument_name') ?? '');
    const count = Number(query.get('count') ?? ROWS_DEFAULT);
    if (instrument === undefined) return refuse(400, -32602, 'Invalid params');
    if (!(count >= 1 && count <= ROWS_MAX)) return refuse(400, -32602, 'Invalid params');
    const { idBase } = instrument;
    const newest = instrument.newestTrade();
    const endSeq = query.get('end_seq');
    const startSeq = query.get('start_seq');
    const to = Math.min(newest, endSeq === null ? newest : Number(endSeq) - idBase);
    const isAscending = query.get('sorting') === 'asc';
    const start = Math.max(0, startSeq === null ? to - count + 1 : Number(startSeq) - idBase);
    const from = isAscending ? start : Math.max(start, to - count + 1);
    const rows: string[] = [];
    for (let number = from; number <= to && rows.length < count; number += 1) {
      instrument.readTrade(number, this.#trade);
      rows.push(tradeRow(instrument, this.#trade));
    }
    const hasMore = isAscending ? from + rows.length <= to : from > start;
    if (!isAscending) rows.reverse();
    return this.#result(`{"trades":[${rows.join(',')}],"has_more":${hasMore}}`);
  }

  #instruments(kind: string | null): string {
    const list = this.#host.instruments
      .filter(({ listing }) => kind === null || kindOf(listing.marketType) === kind)
      .map((each) => describe(each));
    // The venue lists combos among the others, and they have names of their own.
    if (kind === null || kind === 'future') list.push(COMBO);
    return JSON.stringify(list);
  }

  #result(result: string): SimRestAnswer {
    const usOut = this.#host.nowUs();
    const times = `"usIn":${usOut - 500},"usOut":${usOut},"usDiff":500`;
    return { status: 200, body: `{"jsonrpc":"2.0","result":${result},${times},"testnet":false}` };
  }
}

const COMBO = {
  kind: 'future_combo',
  instrument_name: 'BTC-FS-25DEC26_PERP',
  instrument_type: 'reversed',
  tick_size: 0.01,
  contract_size: 10,
  min_trade_amount: 10,
  is_active: true,
};

function kindOf(marketType: string): string {
  return KINDS[marketType] ?? marketType;
}

function describe(instrument: SimInstrument): object {
  const { venueSymbol, marketType, base, quote, inverseValue } = instrument.listing;
  const minimum = Number(amountText(instrument, 1));
  return {
    kind: kindOf(marketType),
    instrument_name: venueSymbol,
    instrument_type: inverseValue === undefined ? 'linear' : 'reversed',
    base_currency: base,
    quote_currency: quote,
    counter_currency: quote,
    settlement_period: marketType === 'perp' ? 'perpetual' : 'month',
    tick_size: Number(instrument.priceText(1)),
    tick_size_steps: [],
    contract_size: minimum,
    min_trade_amount: minimum,
    creation_timestamp: 1_534_167_754_000,
    expiration_timestamp: (32_503_708_800 * US_PER_SECOND) / US_PER_MS,
    is_active: true,
  };
}

function refuse(status: number, code: number, message: string): SimRestAnswer {
  const error = { message, data: {}, code };
  return { status, body: JSON.stringify({ jsonrpc: '2.0', error, testnet: false }) };
}
