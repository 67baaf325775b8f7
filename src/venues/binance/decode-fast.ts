/**
 * The frames Binance sends all day, read straight from their bytes: combined `trade`, `aggTrade`,
 * `bookTicker` and `depthUpdate` of instruments we know.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import type { Instrument } from '../../model/instrument.ts';
import type { DepthMessage, TradeMessage } from '../contract.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import { takeLevels } from '../kit/row-levels.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { Kind, type Messages } from './decoded.ts';
import type { BinanceFeed } from './feeds.ts';
import { frameSpecs, Group, Slot, SPEC_KINDS } from './frame-shapes.ts';
import { isOwnSettlement } from './settlement.ts';
import { timeUs } from './time.ts';

export class FastDecoder {
  readonly #feed: BinanceFeed;
  readonly #messages: Messages;
  readonly #reader: FrameReader;

  constructor(feed: BinanceFeed, instruments: readonly Instrument[], messages: Messages) {
    this.#feed = feed;
    this.#messages = messages;
    // Streams name `btcusdt`, payloads `BTCUSDT`.
    const streams = instruments.map(({ venueSymbol, index }): [string, number] => [
      venueSymbol.toLowerCase(),
      index,
    ]);
    const symbols = instruments.map(({ venueSymbol, index }): [string, number] => [
      venueSymbol,
      index,
    ]);
    const specs = frameSpecs(feed, new SymbolTable(streams), new SymbolTable(symbols));
    this.#reader = new FrameReader(specs, [2, 2]);
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** Fills one message of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind {
    const { values } = this.#reader;
    const kind = SPEC_KINDS[this.#reader.read(frame, length)];
    if (kind === undefined || values[Slot.stream] !== values[Slot.symbol]) return Kind.unknown;
    const settlement = values[Slot.settlement] as number;
    if (settlement >= 0 && !isOwnSettlement(settlement, this.#feed.settlements)) {
      return Kind.unknown;
    }
    return this.#fill(kind) ? kind : Kind.unknown;
  }

  /** The slow path took this frame as `kind`. */
  learn(kind: Kind, frame: Uint8Array, length: number): void {
    if (SPEC_KINDS.includes(kind)) this.#reader.learn(frame, length);
  }

  #fill(kind: Kind): boolean {
    switch (kind) {
      case Kind.depth:
        return this.#depth(this.#messages.depth);
      case Kind.bookTicker:
        return this.#quote();
      default:
        return this.#trade(this.#messages.trade, kind === Kind.aggTrade);
    }
  }

  #trade(message: TradeMessage, isAgg: boolean): boolean {
    const { values, precisionLoss } = this.#reader;
    message.instrument = values[Slot.stream] as number;
    message.tape = isAgg ? 'aggTrade' : 'trade';
    message.tradeId = values[Slot.id] as number;
    message.tsUs = timeUs(values[Slot.time] as number);
    message.price = values[Slot.price] as number;
    message.size = values[Slot.size] as number;
    message.nativeSize = message.size;
    // The buyer was the maker: the aggressor sold.
    message.isSell = values[Slot.maker] === 1;
    message.isMarket = true;
    message.precisionLoss = precisionLoss;
    const isTimed = message.tsUs >= 0 && timeUs(values[Slot.pushed] as number) >= 0;
    return isTimed && message.price > 0 && message.size > 0;
  }

  #quote(): boolean {
    const { values, precisionLoss } = this.#reader;
    const { quoteHasTime } = this.#feed;
    const message = this.#messages.quote;
    message.instrument = values[Slot.stream] as number;
    message.sequence = values[Slot.id] as number;
    message.tsUs = quoteHasTime ? timeUs(values[Slot.time] as number) : Number.NaN;
    message.bidPrice = values[Slot.bidPrice] as number;
    message.bidSize = values[Slot.bidSize] as number;
    message.askPrice = values[Slot.askPrice] as number;
    message.askSize = values[Slot.askSize] as number;
    message.precisionLoss = precisionLoss;
    return !quoteHasTime || (message.tsUs >= 0 && timeUs(values[Slot.pushed] as number) >= 0);
  }

  #depth(message: DepthMessage): boolean {
    const { values, groups } = this.#reader;
    const { depthHasPrevious } = this.#feed;
    const pushedUs = timeUs(values[Slot.pushed] as number);
    message.instrument = values[Slot.stream] as number;
    message.isSnapshot = false;
    message.firstId = values[Slot.firstId] as number;
    message.lastId = values[Slot.id] as number;
    message.previousId = depthHasPrevious ? (values[Slot.previousId] as number) : Number.NaN;
    message.tsUs = depthHasPrevious ? timeUs(values[Slot.time] as number) : pushedUs;
    takeLevels(message, groups[Group.bids], groups[Group.asks]);
    return pushedUs >= 0 && message.tsUs >= 0 && message.firstId <= message.lastId;
  }
}
