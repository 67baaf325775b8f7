/**
 * tardis-dev's mappers, called as its own stream does: parse, ask `canHandle`, iterate `map`. The
 * objects they yield are the result; with `withBook`, its OrderBook is kept up to date as well.
 */
import type * as Tardis from 'tardis-dev';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import type { Frame, FrameChannel } from '../frames/frame-set.ts';
import { NumberChecksum } from '../harness/checksum.ts';
import { type DecodeInput, type Decoder, isDepthSnapshot } from './decoder.ts';

/**
 * Its names of our feeds; a feed that is not here has no mapper there, or one of an older version
 * of the protocol (Kraken's).
 */
const EXCHANGES: Readonly<Record<string, Tardis.Exchange>> = {
  'binance.spot': 'binance',
  'binance.usdm': 'binance-futures',
  'binance.coinm': 'binance-delivery',
  'bitget.spot': 'bitget',
  'bitget.usdt': 'bitget-futures',
  'bybit.linear': 'bybit',
  'bybit.spot': 'bybit-spot',
  coinbase: 'coinbase',
  deribit: 'deribit',
  hyperliquid: 'hyperliquid',
  okx: 'okex',
};

/** Of Deribit's quotes it maps another stream than the one recorded here. */
const UNKNOWN_CHANNELS: readonly string[] = ['deribit quotes'];

export function tardisKnows(feed: string, channel: FrameChannel): boolean {
  return EXCHANGES[feed] !== undefined && !UNKNOWN_CHANNELS.includes(`${feed} ${channel}`);
}

interface Mapper {
  canHandle(message: unknown, localTimestamp: Date): boolean;
  map(message: unknown, localTimestamp: Date): IterableIterator<unknown> | undefined;
}

interface Message {
  readonly price: number;
  readonly amount: number;
  readonly isSnapshot?: boolean;
  readonly bids: readonly { price: number; amount: number }[];
  readonly asks: readonly { price: number; amount: number }[];
  readonly bidPrice: number;
  readonly askPrice: number;
}

const BOOK_LEVELS = 20;

export function tardisDecoder(withBook: boolean) {
  return async (input: DecodeInput): Promise<Decoder> => {
    const { feed, channel, frames } = input;
    const tardis = await import('tardis-dev');
    const exchange = EXCHANGES[feed.id];
    if (exchange === undefined) throw new Error(`tardis-dev has no mapper of ${feed.id}`);
    const normalize = {
      trades: tardis.normalizeTrades,
      quotes: tardis.normalizeBookTickers,
      book: tardis.normalizeBookChanges,
    }[channel] as (exchange: string, localTimestamp: Date) => Mapper;
    // Its mappers differ by date; what was just recorded is of the present.
    const isRecent = input.source === 'embedded exchange';
    const startedAt = isRecent ? new Date() : new Date((frames[0]?.recvUs ?? 0) / 1000);
    const decoder = new TardisDecoder(
      () => normalize(exchange, startedAt),
      channel,
      withBook ? () => new tardis.OrderBook() : undefined,
    );
    return Object.assign(decoder, { frames: frames.map(inItsSpelling) });
  };
}

/**
 * Its Bybit mapper knows the stream of 50 levels only; those of other depths differ in the name.
 */
function inItsSpelling(frame: Frame): Frame {
  const text = frame.text.replace(/"topic":"orderbook\.(?!1\.)\d+\./, '"topic":"orderbook.50.');
  return { ...frame, text };
}

class TardisDecoder implements Decoder {
  readonly #makeMapper: () => Mapper;
  readonly #makeBook: (() => Tardis.OrderBook) | undefined;
  readonly #channel: DecodeInput['channel'];
  readonly #sum = new NumberChecksum();
  readonly #top = new NumberChecksum();
  #mapper: Mapper;
  #book: Tardis.OrderBook | undefined;

  constructor(
    makeMapper: () => Mapper,
    channel: DecodeInput['channel'],
    makeBook: (() => Tardis.OrderBook) | undefined,
  ) {
    this.#makeMapper = makeMapper;
    this.#makeBook = makeBook;
    this.#channel = channel;
    this.#mapper = makeMapper();
  }

  reset(): void {
    this.#mapper = this.#makeMapper();
    this.#book = this.#makeBook?.();
    this.#sum.reset();
  }

  onFrame({ text, recvUs }: Frame): void {
    this.#map(JSON.parse(text), recvUs);
  }

  /** Its recordings carry Binance's snapshots as messages of a stream of their own. */
  onRest({ text, recvUs }: Frame): void {
    const answer = parseRestPayload(text);
    const symbol = answer === undefined ? null : new URL(answer.url).searchParams.get('symbol');
    if (answer === undefined || symbol === null || !isDepthSnapshot(answer.url)) return;
    const data = JSON.parse(answer.body) as unknown;
    this.#map({ stream: `${symbol.toLowerCase()}@depthSnapshot`, generated: true, data }, recvUs);
    // The snapshot's levels are left out of every contender's sum.
    if (this.#channel === 'book') this.#sum.reset();
  }

  finish(): void {
    if (this.#book === undefined) return;
    this.#top.reset();
    for (const side of [this.#book.bids(), this.#book.asks()]) {
      let rank = 0;
      for (const { price, amount } of side) {
        if (rank === BOOK_LEVELS) break;
        this.#top.add(price, amount);
        rank += 1;
      }
    }
  }

  checksums(): Record<string, string> {
    if (this.#channel === 'trades') return { trades: String(this.#sum) };
    if (this.#channel === 'quotes') return { quotes: String(this.#sum) };
    const levels = { levels: String(this.#sum) };
    return this.#book === undefined ? levels : { ...levels, 'top of book': String(this.#top) };
  }

  #map(message: unknown, recvUs: number): void {
    const localTimestamp = new Date(recvUs / 1000);
    if (!this.#mapper.canHandle(message, localTimestamp)) return;
    for (const mapped of this.#mapper.map(message, localTimestamp) ?? [])
      this.#take(mapped as Message);
  }

  #take(message: Message): void {
    const sum = this.#sum;
    if (this.#channel === 'trades') sum.add(message.price, message.amount);
    else if (this.#channel === 'quotes') sum.add(message.bidPrice, message.askPrice);
    else {
      for (const { price, amount } of message.bids) sum.add(price, amount);
      for (const { price, amount } of message.asks) sum.add(price, amount);
      this.#book?.update(message as never);
    }
  }
}
