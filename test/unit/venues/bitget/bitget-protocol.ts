/** Bitget's protocol on a few instruments, and what one frame or answer delivers. */
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import { venue } from '../../../../src/venues/bitget/venue.ts';
import type { DecodeOutcome, FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { resolve } from '../../../support/venue-rig.ts';
import { Collector, type Copied } from '../binance/collector.ts';

export type FeedId = 'bitget.spot' | 'bitget.usdt';

export interface Decoded {
  readonly outcome: DecodeOutcome;
  readonly messages: Copied[];
}

export const SYMBOLS = ['BTC/USDT', 'ETH/USDT'];
const CHANNELS: readonly ChannelName[] = ['trades', 'quotes', 'book', 'derivative'];

export function feed(id: FeedId): FeedModule {
  const found = venue.feeds.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no feed ${id}`);
  return found;
}

export function createProtocol(
  id: FeedId,
  symbols: readonly string[] = SYMBOLS,
  ws?: string,
): FeedProtocol {
  const module = feed(id);
  const instruments = symbols.map((symbol, index) => resolve(module, symbol, index));
  const urls = ws === undefined ? module.urls : { ...module.urls, ws };
  return module.createProtocol({ instruments, channels: CHANNELS, urls });
}

export function decodeFrame(protocol: FeedProtocol, frame: string | Uint8Array): Decoded {
  const bytes = typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
  const collector = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, collector);
  return { outcome, messages: collector.messages };
}

export function decodeAnswer(protocol: FeedProtocol, url: string, body: unknown): Decoded {
  const collector = new Collector();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const outcome = protocol.decodeRest(url, text, collector);
  return { outcome, messages: collector.messages };
}

/** A data frame of the spot feed. */
export function spotFrame(action: string, channel: string, data: string, instId = 'BTCUSDT') {
  const arg = `{"instType":"SPOT","channel":"${channel}","instId":"${instId}"}`;
  return `{"action":"${action}","arg":${arg},"data":${data},"ts":1695710946294}`;
}

export const MALFORMED: Decoded = { outcome: 'malformed', messages: [] };
export const IGNORED: Decoded = { outcome: 'ignored', messages: [] };
