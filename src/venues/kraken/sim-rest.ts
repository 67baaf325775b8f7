/**
 * Kraken's REST as the embedded exchange answers it: pair list, trades of all the past by time,
 * book. As at the venue every answer has status 200, and says in `error` whether it is one.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { LOT_DECIMALS } from './sim-streams.ts';

const ROWS_MAX = 1000;
const BOOK_ROWS_MAX = 500;
/** What the trades' clock has beyond the microsecond, in ns: the socket cuts it off. */
const NS_OF_TRADE = '400';
const OLD_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

interface Pair {
  readonly instrument: SimInstrument;
  /** `XXBTZUSD`: what answers call it. */
  readonly key: string;
  /** `XBTUSD`. */
  readonly altname: string;
  /** `XBT/USD`. */
  readonly wsname: string;
}

export class SimRest {
  readonly #host: SimHost;
  readonly #pairs = new Map<string, Pair>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#host = host;
    for (const instrument of host.instruments) {
      const pair = describe(instrument);
      for (const name of [pair.key, pair.altname, pair.wsname]) this.#pairs.set(name, pair);
    }
  }

  answer(request: SimRestRequest): SimRestAnswer {
    const { path, query } = request;
    const endpoint = path.startsWith('/0/public/') ? path.slice('/0/public/'.length) : '';
    switch (endpoint) {
      case 'Time':
        return result(`{"unixtime":${Math.floor(this.#host.nowUs() / US_PER_SECOND)}}`);
      case 'AssetPairs':
        return result(this.#pairList());
      case 'Trades':
        return this.#withPair(query, (pair) => this.#trades(pair, query));
      case 'Depth':
        return this.#withPair(query, (pair) => this.#depth(pair, query));
      default:
        return failure('EGeneral:Unknown method');
    }
  }

  refusal(): SimRestAnswer {
    return failure('EGeneral:Too many requests');
  }

  #withPair(query: URLSearchParams, answer: (pair: Pair) => SimRestAnswer): SimRestAnswer {
    const pair = this.#pairs.get(query.get('pair') ?? '');
    return pair === undefined ? failure('EQuery:Unknown asset pair') : answer(pair);
  }

  #pairList(): string {
    const seen = new Set([...this.#pairs.values()]);
    return JSON.stringify(
      Object.fromEntries([...seen].map((pair) => [pair.key, describePair(pair)])),
    );
  }

  #trades(pair: Pair, query: URLSearchParams): SimRestAnswer {
    const { instrument, key } = pair;
    const since = query.get('since') ?? '0';
    const count = Number(query.get('count') ?? ROWS_MAX);
    if (!/^\d{1,19}$/.test(since) || !(count >= 1 && count <= ROWS_MAX)) {
      return failure('EGeneral:Invalid arguments');
    }
    // After that nanosecond; a time without one stands for seconds.
    const ns = since.length > 12 ? splitNs(since) : { us: Number(since) * US_PER_SECOND, rest: 0 };
    const from = instrument.tradeFrom(ns.us + (ns.rest >= Number(NS_OF_TRADE) ? 1 : 0));
    const last = Math.min(instrument.newestTrade(), from + count - 1);
    const rows: string[] = [];
    let lastNs = since;
    for (let number = Math.max(0, from); number <= last; number += 1) {
      instrument.readTrade(number, this.#trade);
      const { tsUs, ticks, lots, isSell } = this.#trade;
      lastNs = `${tsUs}${NS_OF_TRADE}`;
      rows.push(
        `["${instrument.priceText(ticks)}","${sizeText(instrument, lots)}",${seconds(tsUs)}` +
          `,"${isSell ? 's' : 'b'}","${number % 3 === 0 ? 'l' : 'm'}",""` +
          `,${instrument.idBase + number}]`,
      );
    }
    return result(`{"${key}":[${rows.join(',')}],"last":"${lastNs}"}`);
  }

  #depth({ instrument, key }: Pair, query: URLSearchParams): SimRestAnswer {
    const count = Math.min(BOOK_ROWS_MAX, Number(query.get('count') ?? 100));
    const { bids, asks, tsUs } = instrument.snapshot();
    const at = Math.floor(tsUs / US_PER_SECOND);
    const [bidRows, askRows] = [bids, asks].map((side) => {
      const rows: string[] = [];
      for (let i = 0; i < Math.min(side.length, count * 2); i += 2) {
        const price = instrument.priceText(side[i] as number);
        rows.push(`["${price}","${sizeText(instrument, side[i + 1] as number)}",${at}]`);
      }
      return rows.join(',');
    });
    return result(`{"${key}":{"asks":[${askRows}],"bids":[${bidRows}]}}`);
  }
}

function result(body: string): SimRestAnswer {
  return { status: 200, body: `{"error":[],"result":${body}}` };
}

function failure(error: string): SimRestAnswer {
  return { status: 200, body: JSON.stringify({ error: [error] }) };
}

function describe(instrument: SimInstrument): Pair {
  const { base, quote } = instrument.listing;
  const [b, q] = [OLD_NAMES[base] ?? base, OLD_NAMES[quote] ?? quote];
  // Only the oldest assets have the letter of their kind in front.
  const isOld = b === 'XBT' && q === 'USD';
  return {
    instrument,
    key: isOld ? `X${b}Z${q}` : `${b}${q}`,
    altname: `${b}${q}`,
    wsname: `${b}/${q}`,
  };
}

function describePair({ instrument, altname, wsname }: Pair): object {
  const { tick } = instrument.listing;
  const [base, quote] = wsname.split('/');
  return {
    altname,
    wsname,
    aclass_base: 'currency',
    base,
    aclass_quote: 'currency',
    quote,
    pair_decimals: tick.decimals,
    cost_decimals: 5,
    lot_decimals: LOT_DECIMALS,
    lot_multiplier: 1,
    ordermin: sizeText(instrument, 1),
    costmin: '0.5',
    tick_size: instrument.priceText(1),
    status: 'online',
  };
}

function sizeText(instrument: SimInstrument, lots: number): string {
  const { decimals } = instrument.listing.lot;
  const point = decimals === 0 ? '.' : '';
  return `${instrument.sizeText(lots)}${point}${'0'.repeat(LOT_DECIMALS - decimals)}`;
}

/** `1688669597.8277364`: seconds with a digit more than the socket has. */
function seconds(tsUs: number): string {
  const whole = Math.floor(tsUs / US_PER_SECOND);
  return `${whole}.${String(tsUs - whole * US_PER_SECOND).padStart(6, '0')}${NS_OF_TRADE[0]}`;
}

/** A time in ns, split where a float64 would lose digits. */
function splitNs(text: string): { readonly us: number; readonly rest: number } {
  return { us: Number(text.slice(0, -3)), rest: Number(text.slice(-3)) };
}
