/**
 * MEXC spot as the embedded exchange speaks it over WebSocket: JSON answers as text frames, pushes
 * as binary ones. Written from the same documents as the decoders and from none of their code.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type {
  SimBook,
  SimClient,
  SimConnection,
  SimDepth,
  SimFrame,
  SimInstrument,
  SimQuote,
  SimStream,
  SimTrade,
} from '../sim-contract.ts';
import { dealLots, spotTradeId } from './sim-ids.ts';
import { encodePush } from './sim-push.ts';

const CHANNEL =
  /^spot@public\.aggre\.(deals|depth|bookTicker)\.v3\.api\.pb@(10|100)ms@([A-Z0-9]+)$/;
const LIMIT_CHANNEL = /^spot@public\.limit\.depth\.v3\.api\.pb@([A-Z0-9]+)@(5|10|20)$/;
export const SUBSCRIPTIONS_MAX = 30;

export class SpotStreams {
  readonly #bySymbol: ReadonlyMap<string, SimInstrument>;
  readonly #made = new Map<string, SimStream>();

  constructor(instruments: readonly SimInstrument[]) {
    this.#bySymbol = new Map(instruments.map((each) => [each.listing.venueSymbol, each]));
  }

  /** The stream of a channel, or undefined where the venue would block it. */
  find(channel: string): SimStream | undefined {
    const known = this.#made.get(channel);
    if (known !== undefined) return known;
    const stream = this.#create(channel);
    if (stream !== undefined) this.#made.set(channel, stream);
    return stream;
  }

  #create(channel: string): SimStream | undefined {
    const [, symbol = '', levels] = LIMIT_CHANNEL.exec(channel) ?? [];
    if (levels !== undefined) return this.#topStream(channel, symbol, Number(levels));
    const [, kind, speed, name = ''] = CHANNEL.exec(channel) ?? [];
    const instrument = this.#bySymbol.get(name);
    if (instrument === undefined) return undefined;
    const intervalUs = Number(speed) * US_PER_MS;
    const head = { channel, symbol: name };
    if (kind === 'deals') {
      const encode = (trade: SimTrade, nowUs: number) =>
        encodePush({ ...head, sendTime: msOf(nowUs), publicAggreDeals: deals(instrument, trade) });
      return { kind: 'trade', key: channel, instrument, encode };
    }
    if (kind === 'bookTicker') {
      const encode = (quote: SimQuote, nowUs: number) =>
        encodePush({
          ...head,
          sendTime: msOf(nowUs),
          publicAggreBookTicker: ticker(instrument, quote),
        });
      return { kind: 'quote', key: channel, instrument, encode };
    }
    const encode = (depth: SimDepth, nowUs: number) =>
      encodePush({ ...head, sendTime: msOf(nowUs), publicAggreDepths: depths(instrument, depth) });
    return { kind: 'depth', key: channel, instrument, intervalUs, encode };
  }

  #topStream(channel: string, symbol: string, levels: number): SimStream | undefined {
    const instrument = this.#bySymbol.get(symbol);
    if (instrument === undefined) return undefined;
    const encode = ({ book }: SimDepth, nowUs: number) =>
      encodePush({
        channel,
        symbol,
        sendTime: msOf(nowUs),
        publicLimitDepths: topLevels(instrument, book, levels),
      });
    return { kind: 'depth', key: channel, instrument, intervalUs: 100 * US_PER_MS, encode };
  }
}

export class SpotClient implements SimClient {
  readonly #connection: SimConnection;
  readonly #streams: SpotStreams;
  readonly #channels = new Set<string>();

  constructor(connection: SimConnection, streams: SpotStreams) {
    this.#connection = connection;
    this.#streams = streams;
  }

  receive(frame: SimFrame): void {
    const request = typeof frame === 'string' ? parseRequest(frame) : undefined;
    if (request?.method === 'PING') this.#answer('PONG');
    else if (request?.method === 'SUBSCRIPTION') this.#subscribe(request.params);
    else if (request?.method === 'UNSUBSCRIPTION') this.#unsubscribe(request.params);
    else this.#answer('msg format invalid');
  }

  /** All of it is code 0: what was refused stands in the text, and only there. */
  #subscribe(channels: readonly string[]): void {
    const taken: string[] = [];
    const refused: string[] = [];
    for (const channel of channels) {
      const stream = this.#streams.find(channel);
      const isRoom = this.#channels.has(channel) || this.#channels.size < SUBSCRIPTIONS_MAX;
      if (stream !== undefined && isRoom && this.#connection.subscribe(stream)) {
        this.#channels.add(channel);
        taken.push(channel);
      } else refused.push(channel);
    }
    const refusal = `Not Subscribed successfully! [${refused.join(',')}].  Reason： Blocked! `;
    if (refused.length === 0) this.#answer(taken.join(','));
    else if (taken.length === 0) this.#answer(refusal);
    else this.#answer(`Subscribed successful! [${taken.join(',')}]. ${refusal}`);
  }

  #unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      if (this.#channels.delete(channel)) this.#connection.unsubscribe(channel);
    }
    this.#answer(channels.join(','));
  }

  /** The documents' examples have id 0, whatever was asked. */
  #answer(msg: string): void {
    this.#connection.reply(JSON.stringify({ id: 0, code: 0, msg }));
  }
}

function parseRequest(text: string): { method: unknown; params: readonly string[] } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { method, params = [] } = value as { method?: unknown; params?: unknown };
    const isList = Array.isArray(params) && params.every((each) => typeof each === 'string');
    return isList ? { method, params } : undefined;
  } catch {
    return undefined;
  }
}

function msOf(us: number): number {
  return Math.floor(us / US_PER_MS);
}

function deals(instrument: SimInstrument, trade: SimTrade): object {
  const price = instrument.priceText(trade.ticks);
  const rows = dealLots(trade).map((lots, part) => ({
    price,
    quantity: instrument.sizeText(lots),
    tradeType: trade.isSell ? 2 : 1,
    time: trade.tsUs / US_PER_MS,
    tradeId: spotTradeId(instrument, trade.number, part),
  }));
  return { deals: rows, eventType: 'spot@public.aggre.deals.v3.api.pb@100ms' };
}

function ticker(instrument: SimInstrument, quote: SimQuote): object {
  return {
    bidPrice: instrument.priceText(quote.bidTicks),
    bidQuantity: instrument.sizeText(quote.bidLots),
    askPrice: instrument.priceText(quote.askTicks),
    askQuantity: instrument.sizeText(quote.askLots),
    version: String(quote.id),
    lastOrderCreateTime: msOf(quote.tsUs),
  };
}

function depths(instrument: SimInstrument, depth: SimDepth): object {
  return {
    asks: levels(instrument, depth.askTicks, depth.askLots),
    bids: levels(instrument, depth.bidTicks, depth.bidLots),
    eventType: 'spot@public.aggre.depth.v3.api.pb@100ms',
    fromVersion: String(depth.firstId),
    toVersion: String(depth.lastId),
    lastOrderCreateTime: msOf(depth.tsUs),
  };
}

function topLevels(instrument: SimInstrument, book: SimBook, count: number): object {
  const ranks = (length: number) => Array.from({ length: Math.min(length, count) }, (_, i) => i);
  const bids = ranks(book.bidCount);
  const asks = ranks(book.askCount);
  return {
    asks: levels(
      instrument,
      asks.map((i) => book.askTicks(i)),
      asks.map((i) => book.askLots(i)),
    ),
    bids: levels(
      instrument,
      bids.map((i) => book.bidTicks(i)),
      bids.map((i) => book.bidLots(i)),
    ),
    eventType: 'spot@public.limit.depth.v3.api.pb',
    version: String(book.id),
  };
}

function levels(
  instrument: SimInstrument,
  ticks: readonly number[],
  lots: readonly number[],
): object[] {
  return ticks.map((each, i) => ({
    price: instrument.priceText(each),
    quantity: instrument.sizeText(lots[i] as number),
  }));
}
