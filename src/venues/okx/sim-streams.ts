/**
 * The channels of OKX as the embedded exchange sends them, in the shape of the venue's documents:
 * all values text but for the ids of books and quotes.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type { SimHost, SimInstrument, SimQuote, SimStream, SimTrade } from '../sim-contract.ts';
import { SimBookStream } from './sim-book.ts';
import { contractValue, isSwap, priceText, sizeText } from './sim-market.ts';

/** Which endpoint has a channel; on the other one it does not exist. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  'trades-all': 'business',
  trades: 'public',
  'bbo-tbt': 'public',
  books: 'public',
  'mark-price': 'public',
  'index-tickers': 'public',
  'funding-rate': 'public',
  'open-interest': 'public',
  'liquidation-orders': 'public',
};
const MARK_EVERY_US = US_PER_SECOND;
const FUNDING_US = 8 * 3600 * US_PER_SECOND;
const LIQUIDATION_EVERY_US = 2 * US_PER_SECOND;

export interface SimArgument {
  readonly channel: string;
  readonly instId?: string;
  readonly instType?: string;
}

export class SimStreams {
  readonly #host: SimHost;
  readonly #byName = new Map<string, SimInstrument>();
  readonly #made = new Map<string, SimStream>();

  constructor(host: SimHost) {
    this.#host = host;
    for (const each of host.instruments) this.#byName.set(each.listing.venueSymbol, each);
  }

  /** The stream an argument means at an endpoint; undefined: the venue has none. */
  find(endpoint: string, argument: SimArgument): SimStream | undefined {
    const { channel, instId, instType } = argument;
    if (ENDPOINTS[channel] !== endpoint) return undefined;
    const key = `${channel}:${instId ?? instType ?? ''}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const stream =
      channel === 'liquidation-orders'
        ? this.#liquidations(key, instType)
        : this.#create(key, channel, instId ?? '');
    if (stream !== undefined) this.#made.set(key, stream);
    return stream;
  }

  /** What is sent first to who subscribes liquidations: old ones. */
  liquidationBacklog(nowUs: number): string {
    return this.#liquidationFrame(nowUs - 3600 * US_PER_SECOND);
  }

  #create(key: string, channel: string, instId: string): SimStream | undefined {
    if (channel === 'index-tickers') return this.#index(key, instId);
    const instrument = this.#byName.get(instId);
    if (instrument === undefined) return undefined;
    const head = `{"arg":{"channel":"${channel}","instId":"${instId}"},"data":[{`;
    switch (channel) {
      case 'trades-all':
        return { kind: 'trade', key, instrument, encode: fillEncoder(instrument, head) };
      case 'trades':
        return { kind: 'trade', key, instrument, encode: mergedEncoder(instrument, head) };
      case 'bbo-tbt':
        return { kind: 'quote', key, instrument, encode: quoteEncoder(instrument, head) };
      case 'books':
        return new SimBookStream(key, instrument);
      default:
        return isSwap(instrument.listing) ? derivative(key, channel, instrument, head) : undefined;
    }
  }

  /** The price of the market that trades against the same currencies. */
  #index(key: string, instId: string): SimStream | undefined {
    const instrument = this.#byName.get(instId) ?? this.#byName.get(`${instId}-SWAP`);
    if (instrument === undefined) return undefined;
    const head = `{"arg":{"channel":"index-tickers","instId":"${instId}"},"data":[{`;
    return {
      kind: 'timer',
      key,
      instrument,
      intervalUs: MARK_EVERY_US,
      encode: (nowUs) => {
        const price = lastPrice(instrument);
        return `${head}"instId":"${instId}","idxPx":"${price}","ts":"${msOf(nowUs)}"}]}`;
      },
    };
  }

  #liquidations(key: string, instType: string | undefined): SimStream | undefined {
    if (instType !== 'SWAP') return undefined;
    return {
      kind: 'timer',
      key,
      instrument: undefined,
      intervalUs: LIQUIDATION_EVERY_US,
      encode: (nowUs) => this.#liquidationFrame(nowUs),
    };
  }

  /** One of each major, at its last price. */
  #liquidationFrame(tsUs: number): string {
    const rows = this.#host.instruments
      .filter(({ listing }) => isSwap(listing) && listing.isMajor)
      .map((each) => {
        const { venueSymbol } = each.listing;
        const detail =
          `{"bkLoss":"0","bkPx":"${lastPrice(each)}","ccy":"","posSide":"long","side":"sell"` +
          `,"sz":"${sizeText(each, 10)}","ts":"${msOf(tsUs)}"}`;
        return `{"details":[${detail}],"instId":"${venueSymbol}","instType":"SWAP"}`;
      });
    const arg = '{"channel":"liquidation-orders","instType":"SWAP"}';
    return `{"arg":${arg},"data":[${rows.join(',')}]}`;
  }
}

function msOf(us: number): number {
  return Math.floor(us / US_PER_MS);
}

function lastPrice(instrument: SimInstrument): string {
  const trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  instrument.readTrade(Math.max(0, instrument.newestTrade()), trade);
  return priceText(instrument, trade.ticks);
}

/** The two fills of a trade and their ids; the last id is the trade's own. */
export function fillsOf(instrument: { idBase: number }, trade: SimTrade) {
  const id = 2 * (instrument.idBase + trade.number);
  const first = Math.floor(trade.lots / 2);
  return [
    { id, lots: first },
    { id: id + 1, lots: trade.lots - first },
  ] as const;
}

function fillEncoder(instrument: SimInstrument, head: string) {
  return (trade: SimTrade): readonly string[] =>
    fillsOf(instrument, trade).map(
      ({ id, lots }) => `${head}${tradeFields(instrument, trade, id, lots)},"source":"0"}]}`,
    );
}

function mergedEncoder(instrument: SimInstrument, head: string) {
  return (trade: SimTrade): string => {
    const [, { id }] = fillsOf(instrument, trade);
    const fields = tradeFields(instrument, trade, id, trade.lots);
    return `${head}${fields},"count":"2","source":"0","seqId":${id}}]}`;
  };
}

export function tradeFields(
  instrument: SimInstrument,
  { ticks, tsUs, isSell }: SimTrade,
  id: number,
  lots: number,
): string {
  return (
    `"instId":"${instrument.listing.venueSymbol}","tradeId":"${id}"` +
    `,"px":"${priceText(instrument, ticks)}","sz":"${sizeText(instrument, lots)}"` +
    `,"side":"${isSell ? 'sell' : 'buy'}","ts":"${msOf(tsUs)}"`
  );
}

function quoteEncoder(instrument: SimInstrument, head: string) {
  const level = (ticks: number, lots: number): string =>
    `[["${priceText(instrument, ticks)}","${sizeText(instrument, lots)}","0","1"]]`;
  return (quote: SimQuote, nowUs: number): string =>
    `${head}"asks":${level(quote.askTicks, quote.askLots)}` +
    `,"bids":${level(quote.bidTicks, quote.bidLots)}` +
    `,"ts":"${msOf(Math.max(nowUs, quote.tsUs))}","seqId":${quote.id}}]}`;
}

function derivative(
  key: string,
  channel: string,
  instrument: SimInstrument,
  head: string,
): SimStream | undefined {
  const name = `"instType":"SWAP","instId":"${instrument.listing.venueSymbol}"`;
  const timer = (everySeconds: number, fields: (nowUs: number) => string): SimStream => ({
    kind: 'timer',
    key,
    instrument,
    intervalUs: everySeconds * US_PER_SECOND,
    encode: (nowUs) => `${head}${name},${fields(nowUs)},"ts":"${msOf(nowUs)}"}]}`,
  });
  switch (channel) {
    case 'mark-price':
      return timer(1, () => `"markPx":"${lastPrice(instrument)}"`);
    case 'funding-rate':
      return timer(5, (nowUs) => {
        const nextUs = (Math.floor(nowUs / FUNDING_US) + 1) * FUNDING_US;
        return (
          `"fundingRate":"0.0001","fundingTime":"${msOf(nextUs)}","method":"current_period"` +
          `,"nextFundingRate":"","nextFundingTime":"${msOf(nextUs + FUNDING_US)}"`
        );
      });
    case 'open-interest':
      return timer(3, () => {
        const { lot, inverseValue, price } = instrument.listing;
        const contracts = 1_000_000;
        const unit = Number(contractValue(instrument.listing));
        const base = inverseValue === undefined ? contracts * unit : (contracts * unit) / price;
        return `"oi":"${contracts}","oiCcy":"${base.toFixed(Math.min(8, lot.decimals))}"`;
      });
    default:
      return undefined;
  }
}
