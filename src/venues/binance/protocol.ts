/**
 * Binance's FeedProtocol, one for all feeds: plans streams, writes frames and requests, decodes
 * frames and answers. The only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, so there is no
 * partial delivery, and nothing thrown by a parser leaves this file.
 */
import type { TradeTape } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  FeedProtocol,
  MessageHandler,
  ProtocolOptions,
  RestHandler,
  RestPoll,
  RestRequest,
  Stream,
  SubscribeFrame,
  TradesWanted,
} from '../contract.ts';
import { Contracts } from './contracts.ts';
import { FastDecoder } from './decode-fast.ts';
import { SlowDecoder } from './decode-slow.ts';
import { createMessages, Kind, type Messages } from './decoded.ts';
import type { BinanceFeed } from './feeds.ts';
import { RestDialect } from './rest.ts';
import { planStreams, subscribeFrames } from './subscribe.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class BinanceProtocol implements FeedProtocol {
  readonly #feed: BinanceFeed;
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #messages: Messages = createMessages();
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #slow: SlowDecoder;
  readonly #rest: RestDialect;
  /** Where sizes are contracts. */
  readonly #contracts: Contracts | undefined;
  readonly #polls: readonly RestPoll[];
  readonly #tapes: readonly TradeTape[];
  readonly #anyTape: boolean;

  constructor(feed: BinanceFeed, options: ProtocolOptions) {
    const { instruments, channels, urls } = options;
    this.#feed = feed;
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(feed, instruments, channels);
    this.#fast = new FastDecoder(feed, instruments, this.#messages);
    this.frameArea = this.#fast.frameArea;
    this.#slow = new SlowDecoder(feed, instruments, this.#messages);
    this.#contracts = feed.isInverse ? new Contracts(instruments) : undefined;
    this.#rest = new RestDialect(feed, instruments, urls.rest, this.#contracts);
    this.#polls = channels.includes('derivative') ? this.#rest.polls() : [];
    const tapes: TradeTape[] = [];
    for (const each of instruments) tapes[each.index] = each.tape;
    this.#tapes = tapes;
    this.#anyTape = options.anyTape ?? false;
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(route: string): string {
    return `${this.#wsUrl}${this.#feed.routePaths[route] ?? ''}`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('SUBSCRIBE', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('UNSUBSCRIBE', streams, nextId);
  }

  /** None: the venue pings, the socket answers by itself, and unasked pongs count as frames. */
  heartbeat(): undefined {
    return undefined;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const kind = this.#fast.decode(frame, length);
    return kind === Kind.unknown ? this.#decodeSlow(frame, length, out) : this.#deliver(kind, out);
  }

  polls(): readonly RestPoll[] {
    return this.#polls;
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  bookSnapshotRequest(instrument: number): RestRequest | undefined {
    return this.#rest.bookSnapshotRequest(instrument);
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted.fromId, wanted.toId);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return 'malformed';
    }
    return this.#rest.decode(url, value, out);
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let value: unknown;
    try {
      value = JSON.parse(utf8.decode(frame.subarray(0, length)));
    } catch {
      // Not UTF-8, not JSON, or nested too deep for the parser.
      return 'malformed';
    }
    const result = this.#slow.decode(value, out);
    if (typeof result === 'string') return result;
    this.#fast.learn(result, frame, length);
    return this.#deliver(result, out);
  }

  #deliver(kind: Kind, out: MessageHandler): DecodeOutcome {
    const { trade, quote, depth, derivative, liquidation } = this.#messages;
    const contracts = this.#contracts;
    switch (kind) {
      case Kind.bookTicker:
        if (contracts?.quote(quote) === false) return 'malformed';
        out.onQuote(quote);
        return 'ok';
      case Kind.depth:
        if (contracts?.depth(depth) === false) return 'malformed';
        out.onDepth(depth);
        return 'ok';
      case Kind.markPrice:
        contracts?.noteMark(derivative);
        out.onDerivative(derivative);
        return 'ok';
      case Kind.forceOrder:
        if (contracts?.liquidation(liquidation) === false) return 'malformed';
        out.onLiquidation(liquidation);
        return 'ok';
      default:
        // The tapes of a venue have id spaces of their own: an instrument is recorded from one.
        if (!this.#anyTape && this.#tapes[trade.instrument] !== trade.tape) return 'ignored';
        if (contracts?.trade(trade) === false) return 'malformed';
        out.onTrade(trade);
        return 'ok';
    }
  }
}
