/** MEXC's protocols on a few instruments, and what they hand out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instrument } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import type { DecodeOutcome, FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { venue } from '../../../../src/venues/mexc/venue.ts';
import { Collector, type Copied } from '../binance/collector.ts';

export const FOLDER = join(import.meta.dirname, '../../../../src/venues/mexc');

export interface Fixture {
  readonly feed: string;
  readonly name: string;
  readonly frame?: string;
  readonly frame_base64?: string;
  readonly url?: string;
  readonly body?: string;
  readonly outcome: DecodeOutcome;
  readonly messages: readonly Copied[];
}

export function fixturesOf(file: 'spot.json' | 'contract.json'): readonly Fixture[] {
  return JSON.parse(readFileSync(join(FOLDER, 'fixtures', file), 'utf8'));
}

export const SYMBOLS: Readonly<Record<string, readonly string[]>> = {
  'mexc.spot': ['BTC/USDT', 'ETH/USDT'],
  'mexc.contract': ['BTC/USDT', 'BTC/USD', 'ETH/USDT'],
};

export class MexcCollector extends Collector {
  onAckInOrder(answer: string, error: string | undefined): void {
    this.messages.push({ type: 'ack-in-order', answer, error });
  }
}

export function feed(id: string): FeedModule {
  const found = venue.feeds.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no feed ${id}`);
  return found;
}

export function instrumentsOf(feedId: string, symbols = SYMBOLS[feedId] ?? []): Instrument[] {
  return symbols.map((text, index) => {
    const parsed = feed(feedId).parseSymbol(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { ok: _, listed: __, ...facts } = parsed;
    return { ...facts, index, venue: 'mexc', feed: feedId, tape: 'trade' };
  });
}

const CHANNELS: readonly ChannelName[] = ['trades', 'quotes', 'book', 'derivative'];

/** A protocol that has read its instrument list, unless `isBare`. */
export function createProtocol(
  feedId: string,
  setup: {
    readonly symbols?: readonly string[];
    readonly channels?: readonly ChannelName[];
    readonly isBare?: boolean;
  } = {},
): FeedProtocol {
  const module = feed(feedId);
  const protocol = module.createProtocol({
    instruments: instrumentsOf(feedId, setup.symbols),
    channels: setup.channels ?? CHANNELS,
    urls: module.urls,
  });
  if (module.needsInstruments === true && setup.isBare !== true) {
    const list = fixturesOf('contract.json')[0];
    protocol.decodeRest(list?.url ?? '', list?.body ?? '', new MexcCollector());
  }
  return protocol;
}

export interface Decoded {
  readonly outcome: DecodeOutcome;
  readonly messages: readonly Copied[];
}

export function decodeFrame(protocol: FeedProtocol, frame: string | Uint8Array): Decoded {
  const bytes = typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
  const out = new MexcCollector();
  const outcome = protocol.decode(bytes, bytes.length, out);
  return { outcome, messages: out.messages };
}

export function decodeAnswer(protocol: FeedProtocol, url: string, body: unknown): Decoded {
  const out = new MexcCollector();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const outcome = protocol.decodeRest(url, text, out);
  return { outcome, messages: out.messages };
}

export function bytesOf({ frame, frame_base64: base64 }: Fixture): Uint8Array {
  return frame === undefined
    ? new Uint8Array(Buffer.from(base64 ?? '', 'base64'))
    : new TextEncoder().encode(frame);
}

export function counter(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}
