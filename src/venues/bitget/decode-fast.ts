/**
 * The frames Bitget sends all day, read straight from their bytes: trades, best bid and offer, and
 * books of instruments we know.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { Instrument } from '../../model/instrument.ts';
import { FrameReader } from '../kit/frame-reader.ts';
import type { RowGroup } from '../kit/row-group.ts';
import { takeLevels } from '../kit/row-levels.ts';
import { MS_MAX, takeTrade } from '../kit/row-trade.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import type { BookTracks } from './book-tracks.ts';
import { fillQuote } from './decode-slow.ts';
import { Kind, type Messages, tradeAt } from './decoded.ts';
import type { BitgetFeed } from './feeds.ts';
import { frameSpecs, Group, KINDS, LEVEL_SLOTS, Row, Slot } from './frame-shapes.ts';
import { takeSequence } from './sequence-scan.ts';
import type { Sequence } from './sequence-track.ts';
import type { WireForm } from './wire-form.ts';

export class FastDecoder {
  readonly #messages: Messages;
  readonly #tracks: BookTracks;
  readonly #reader: FrameReader;
  readonly #sequence: Sequence = { high: 0, low: 0 };
  readonly #previous: Sequence = { high: 0, low: 0 };

  constructor(
    feed: BitgetFeed,
    form: WireForm,
    instruments: readonly Instrument[],
    messages: Messages,
    tracks: BookTracks,
  ) {
    this.#messages = messages;
    this.#tracks = tracks;
    const table = new SymbolTable(
      instruments.map(({ venueSymbol, index }) => [venueSymbol, index]),
    );
    const specs = frameSpecs(feed.instType[form.version], form, table);
    this.#reader = new FrameReader(specs, [Row.slots, LEVEL_SLOTS, LEVEL_SLOTS]);
  }

  /** `FeedProtocol.frameArea` */
  get frameArea(): Uint8Array {
    return this.#reader.frame;
  }

  /** Fills messages of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind | 'ignored' {
    const kind = KINDS[this.#reader.read(frame, length)];
    if (kind === undefined) return Kind.unknown;
    if (kind === Kind.trades) return this.#trades() ? kind : Kind.unknown;
    return this.#book(kind);
  }

  /** The slow path took this frame. */
  learn(frame: Uint8Array, length: number): void {
    this.#reader.learn(frame, length);
  }

  #trades(): boolean {
    const group = this.#reader.groups[Group.trades] as RowGroup;
    const instrument = this.#reader.values[Slot.symbol] as number;
    for (let i = 0, base = 0; i < group.count; i += 1, base += group.stride) {
      const message = tradeAt(this.#messages, i);
      if (!takeTrade(message, instrument, this.#reader, group, base, Row)) return false;
      message.isMarket = true;
    }
    this.#messages.tradeCount = group.count;
    return group.count > 0;
  }

  #book(kind: Kind): Kind | 'ignored' {
    const { values, groups } = this.#reader;
    const { depth, quote } = this.#messages;
    const ms = values[Slot.time] as number;
    const previousFrom = values[Slot.previous] as number;
    const isSnapshot = values[Slot.action] === 1;
    depth.instrument = values[Slot.symbol] as number;
    depth.tsUs = ms * US_PER_MS;
    depth.checksum = Number.NaN;
    takeLevels(depth, groups[Group.bids], groups[Group.asks]);
    if (ms > MS_MAX) return Kind.unknown;
    takeSequence(this.#reader, Slot.sequence, this.#sequence);
    if (kind === Kind.depth) {
      depth.isSnapshot = isSnapshot;
      const hasPrevious = previousFrom >= 0;
      if (hasPrevious) takeSequence(this.#reader, Slot.previous, this.#previous);
      // Only now that all of the frame is read may the sequence move on.
      this.#tracks.fillIds(depth, this.#sequence, hasPrevious ? this.#previous : null);
      return kind;
    }
    if (!isSnapshot || !fillQuote(quote, depth)) return Kind.unknown;
    return this.#tracks.isOldQuote(depth.instrument, this.#sequence) ? 'ignored' : kind;
  }
}
