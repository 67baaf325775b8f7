/** Protocols on a few instruments, and handlers that copy what they are given. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instrument, InstrumentMeta, TradeTape } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import { venue } from '../../../../src/venues/binance/venue.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  FeedModule,
  FeedProtocol,
  MessageHandler,
  RestHandler,
  TradeMessage,
} from '../../../../src/venues/contract.ts';

const FIXTURES: readonly { name: string; url?: string; body?: string }[] = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../src/venues/binance/fixtures/coinm.json'),
    'utf8',
  ),
);

export type Copied = Record<string, unknown>;

export class Collector implements MessageHandler, RestHandler {
  readonly messages: Copied[] = [];

  onTrade({ textId, ...message }: TradeMessage): boolean {
    this.messages.push({ type: 'trade', ...message, tradeIdText: String(textId) });
    return true;
  }
  onQuote(message: object): void {
    this.messages.push({ type: 'quote', ...message });
  }
  onDepth(message: DepthMessage): void {
    this.messages.push(copyDepth(message));
  }
  onDerivative(message: object): void {
    this.messages.push({ type: 'derivative', ...message });
  }
  onLiquidation(message: object): void {
    this.messages.push({ type: 'liquidation', ...message });
  }
  onAck(requestId: number, error: string | undefined): void {
    this.messages.push({ type: 'ack', requestId, error });
  }
  onStreamAck(streamName: string, error: string | undefined): void {
    this.messages.push({ type: 'stream-ack', streamName, error });
  }
  onReply(text: string): void {
    this.messages.push({ type: 'reply', text });
  }
  onShutdownNotice(): void {
    this.messages.push({ type: 'shutdown' });
  }
  onBookSnapshot(message: DepthMessage): void {
    this.messages.push(copyDepth(message));
  }
  onTradesEnd(instrument: number, count: number): void {
    this.messages.push({ type: 'end', instrument, count });
  }
  onInstruments(list: readonly InstrumentMeta[]): void {
    this.messages.push({ type: 'instruments', list });
  }
  onRestLimit(weightPerMinute: number): void {
    this.messages.push({ type: 'limit', weightPerMinute });
  }
}

function copyDepth(message: DepthMessage): Copied {
  const { prices, sizes, bidCount, askCount, ...rest } = message;
  const pair = (i: number) => [prices[i], sizes[i]];
  return {
    type: 'depth',
    ...rest,
    bids: Array.from({ length: bidCount }, (_, i) => pair(i)),
    asks: Array.from({ length: askCount }, (_, i) => pair(bidCount + i)),
  };
}

export function feed(id: string): FeedModule {
  const found = venue.feeds.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no feed ${id}`);
  return found;
}

/** Instruments of canonical symbols, in order. */
export function instruments(feedId: string, symbols: readonly string[], tape?: TradeTape) {
  const module = feed(feedId);
  return symbols.map((symbol, index): Instrument => {
    const parsed = module.parseSymbol(symbol);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { marketType, venueSymbol, base, quote } = parsed;
    return {
      index,
      venue: 'binance',
      feed: feedId,
      symbol: parsed.symbol,
      marketType,
      venueSymbol,
      base,
      quote,
      tape: tape ?? (module.tapes[0] as TradeTape),
    };
  });
}

export interface ProtocolSetup {
  readonly symbols?: readonly string[];
  readonly tape?: TradeTape;
  readonly channels?: readonly ChannelName[];
  readonly anyTape?: boolean;
  /** Contract sizes are not known yet. */
  readonly isBare?: boolean;
}

export const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'BNB/BTC', 'BNB/USDT'];
export const COINM_SYMBOLS = [
  'BTC/USD',
  'BTC/USD-200626',
  'BTC/USD-200925',
  'BTC/USD-201225',
  'ETH/USD',
];

/** What fixtures and fuzz of a feed are decoded with. */
export function symbolsOf(feedId: string): readonly string[] {
  return feedId === 'binance.coinm' ? COINM_SYMBOLS : SYMBOLS;
}

export function createProtocol(feedId: string, setup: ProtocolSetup = {}): FeedProtocol {
  const module = feed(feedId);
  const protocol = module.createProtocol({
    instruments: instruments(feedId, setup.symbols ?? symbolsOf(feedId), setup.tape),
    channels: setup.channels ?? ['trades', 'quotes', 'book'],
    urls: module.urls,
    anyTape: setup.anyTape ?? false,
  });
  if (module.needsInstruments === true && setup.isBare !== true) {
    const list = FIXTURES.find((each) => each.name === 'instruments');
    protocol.decodeRest(list?.url ?? '', list?.body ?? '', new Collector());
  }
  return protocol;
}

export interface Decoded {
  outcome: DecodeOutcome;
  messages: Copied[];
}

/** Decodes one frame and returns the outcome and all that was delivered. */
export function decodeFrame(protocol: FeedProtocol, frame: string | Uint8Array): Decoded {
  const bytes = typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
  const collector = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, collector);
  return { outcome, messages: collector.messages };
}

export function decodeAnswer(protocol: FeedProtocol, url: string, body: string): Decoded {
  const collector = new Collector();
  const outcome = protocol.decodeRest(url, body, collector);
  return { outcome, messages: collector.messages };
}
