/**
 * Topics of instruments and the frames that (un)subscribe them.
 * https://bybit-exchange.github.io/docs/v5/ws/connect
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';
import type { BybitFeed } from './feeds.ts';

/** Spot takes no more in one request; clients use it for linear as well. */
export const ARGS_MAX = 10;
/** Levels a side of the book that is followed; 100 ms between two frames. */
export const BOOK_DEPTH = 200;
export const ROUTE = 'public';

/** Topic of each channel, up to the symbol. */
const PREFIXES: Readonly<Record<ChannelName, string>> = {
  trades: 'publicTrade.',
  // Spot's `tickers` has no bid and ask; the book of depth 1 has them in both feeds.
  quotes: 'orderbook.1.',
  book: `orderbook.${BOOK_DEPTH}.`,
  derivative: 'tickers.',
  liquidations: 'allLiquidation.',
};

export interface Topic {
  readonly channel: ChannelName;
  readonly symbol: string;
  /** Levels of a book topic; 0 for the others. */
  readonly depth: number;
}

export function planStreams(
  feed: BybitFeed,
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const offered = channels.filter(
    (each) => feed.isDerivative || (each !== 'derivative' && each !== 'liquidations'),
  );
  return instruments.flatMap(({ venueSymbol, index }) =>
    offered.map((channel) => ({
      name: `${PREFIXES[channel]}${venueSymbol}`,
      instrument: index,
      channel,
      route: ROUTE,
    })),
  );
}

/** What a topic is, at any depth of book; undefined for topics we never ask for. */
export function parseTopic(topic: string): Topic | undefined {
  const [kind = '', depthOrSymbol = '', bookSymbol] = topic.split('.');
  if (kind === 'orderbook' && /^\d{1,4}$/.test(depthOrSymbol) && bookSymbol !== undefined) {
    const depth = Number(depthOrSymbol);
    return { channel: depth === 1 ? 'quotes' : 'book', symbol: bookSymbol, depth };
  }
  if (kind === 'publicTrade') return { channel: 'trades', symbol: depthOrSymbol, depth: 0 };
  if (kind === 'tickers') return { channel: 'derivative', symbol: depthOrSymbol, depth: 0 };
  if (kind === 'allLiquidation') {
    return { channel: 'liquidations', symbol: depthOrSymbol, depth: 0 };
  }
  return undefined;
}

export function subscribeFrames(
  op: 'subscribe' | 'unsubscribe',
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  const frames: SubscribeFrame[] = [];
  for (let i = 0; i < streams.length; i += ARGS_MAX) {
    const batch = streams.slice(i, i + ARGS_MAX);
    const requestId = nextId();
    const args = batch.map((each) => each.name);
    const text = JSON.stringify({ req_id: String(requestId), op, args });
    frames.push({ requestId, text, streams: batch });
  }
  return frames;
}
