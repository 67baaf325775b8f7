/** Bybit's protocol on a few instruments, and what one frame or answer delivers. */
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import { venue } from '../../../../src/venues/bybit/venue.ts';
import type { DecodeOutcome, FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { resolve } from '../../../support/venue-rig.ts';
import { Collector, type Copied } from '../binance/collector.ts';

export type FeedId = 'bybit.spot' | 'bybit.linear';

export interface Decoded {
  readonly outcome: DecodeOutcome;
  readonly messages: Copied[];
}

export const SYMBOLS = ['BTC/USDT', 'ETH/USDT'];
const CHANNELS: readonly ChannelName[] = ['trades', 'quotes', 'book', 'derivative', 'liquidations'];

export function feed(id: FeedId): FeedModule {
  const found = venue.feeds.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no feed ${id}`);
  return found;
}

export function createProtocol(
  id: FeedId,
  symbols: readonly string[] = SYMBOLS,
  anyTape = false,
): FeedProtocol {
  const module = feed(id);
  const instruments = symbols.map((symbol, index) => resolve(module, symbol, index));
  return module.createProtocol({ instruments, channels: CHANNELS, urls: module.urls, anyTape });
}

export function decodeFrame(protocol: FeedProtocol, frame: string | Uint8Array): Decoded {
  const bytes = typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
  const collector = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, collector);
  return { outcome, messages: collector.messages };
}

/** Answers, with the pages that were asked for in `next`. */
export function decodeAnswer(protocol: FeedProtocol, url: string, body: unknown) {
  const collector = new Collector();
  const next: string[] = [];
  const handler = Object.assign(collector, {
    onNextPage: (request: { url: string }) => next.push(request.url),
  });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const outcome = protocol.decodeRest(url, text, handler);
  return { outcome, messages: collector.messages, next };
}

export const MALFORMED: Decoded = { outcome: 'malformed', messages: [] };
export const IGNORED: Decoded = { outcome: 'ignored', messages: [] };
