/**
 * One feed against the embedded exchange, over real sockets and through a wire proxy: the bench the
 * venue conformance suite stands on. Nothing here knows a venue by name.
 */
import type { Instrument } from '../../src/model/instrument.ts';
import { CHANNEL_NAMES, type ChannelName, StatusKind } from '../../src/model/record-layout.ts';
import { discoverDialects } from '../../src/sim/discover-dialects.ts';
import { startExchange } from '../../src/sim/exchange.ts';
import type { Exchange } from '../../src/sim/exchange-options.ts';
import type {
  DepthMessage,
  FeedLimits,
  FeedModule,
  FeedProtocol,
  MessageHandler,
  ProtocolOptions,
} from '../../src/venues/contract.ts';
import { discoverVenues } from '../../src/venues/discover.ts';
import type { SimDialect, SimListing } from '../../src/venues/sim-contract.ts';
import { until } from './condition.ts';
import { FeedRecording } from './feed-recording.ts';
import { LoopLag } from './loop-lag.ts';
import { type BookVerdict, judgeTrades, type TradeVerdict, TrueMarket } from './true-market.ts';
import { WireProxy } from './wire-proxy.ts';
import { WorkFolder } from './work-folder.ts';

export interface FeedUnderTest {
  readonly feed: FeedModule;
  readonly dialect: SimDialect | undefined;
}

/** Every feed there is, with its dialect where the exchange speaks it. */
export async function feedsUnderTest(): Promise<readonly FeedUnderTest[]> {
  const [venues, dialects] = await Promise.all([discoverVenues(), discoverDialects()]);
  return venues
    .flatMap((venue) => venue.feeds)
    .map((feed) => ({ feed, dialect: dialects.find((each) => each.feed === feed.id) }));
}

export interface RigSetup {
  readonly feed: FeedModule;
  readonly dialect: SimDialect;
  readonly instrumentCount?: number;
  /** Frames a second of the market, shared over the instruments. */
  readonly rate?: number;
  /** Replaces some of the feed's own limits. */
  readonly limits?: Partial<FeedLimits>;
  readonly faults?: string;
  /** Recorded as well, though the exchange trades none of them. */
  readonly strangers?: readonly string[];
}

export interface RigResult {
  readonly trades: TradeVerdict;
  readonly books: BookVerdict;
  readonly quotes: BookVerdict;
  readonly restRefusals: number;
}

const SEED = 20_260_101;
/** Generous: what is judged is what was recorded, not how fast the machine is. */
const SETTLE_MS = 40_000;
/** Turns of the event loop a frame waits for: exchange, wire, recorder, next look at the book. */
const TURNS = 4;

export class VenueRig implements AsyncDisposable {
  readonly feed: FeedModule;
  readonly instruments: readonly Instrument[];
  /** Those that the exchange trades. */
  readonly traded: readonly Instrument[];
  readonly channels: readonly ChannelName[];
  readonly recording: FeedRecording;
  readonly wire: WireProxy;
  readonly market: TrueMarket;
  readonly exchange: Exchange;
  readonly #folder: WorkFolder;
  readonly #lag = new LoopLag();
  #isStopped = false;
  #changesSeen = 0;
  #hasChecksums = false;

  private constructor(
    setup: RigSetup,
    exchange: Exchange,
    market: TrueMarket,
    folder: WorkFolder,
    traded: readonly Instrument[],
  ) {
    const { feed } = setup;
    this.exchange = exchange;
    this.market = market;
    this.#folder = folder;
    this.traded = traded;
    const strangers = (setup.strangers ?? []).map((text, i) =>
      resolve(feed, text, traded.length + i),
    );
    this.instruments = [...traded, ...strangers];
    this.channels = CHANNEL_NAMES.filter((name) => feed.channels[name] !== undefined);
    this.wire = new WireProxy(exchange.port);
    const limits: FeedLimits = { ...feed.limits, ...setup.limits };
    const limited: FeedModule = { ...feed, limits, createProtocol: (o) => this.#watch(feed, o) };
    this.feed = limited;
    this.recording = new FeedRecording({
      feed: limited,
      urls: this.wire.urls(feed.id),
      instruments: this.instruments,
      channels: this.channels,
    });
  }

  static async start(setup: RigSetup): Promise<VenueRig> {
    const { feed, dialect, instrumentCount = 2, rate = 100, faults } = setup;
    const traded = pickListings(dialect, instrumentCount).map((listing, index) =>
      resolve(feed, listing.venueSymbol, index),
    );
    const folder = new WorkFolder();
    const market = new TrueMarket();
    const exchange = await startExchange(
      {
        seed: SEED,
        rate,
        feeds: [feed.id],
        instruments: traded.map(({ symbol, marketType }) => ({
          feed: feed.id,
          symbol,
          marketType,
        })),
        truthFile: folder.file('truth.ndjson'),
        ...(faults === undefined ? {} : { faults }),
      },
      undefined,
      market,
    );
    return new VenueRig(setup, exchange, market, folder, traded);
  }

  /** True when every traded instrument has trades, and book and quotes where the feed has them. */
  get isFlowing(): boolean {
    const { trades, books, quotes } = this.recording;
    const has = (rows: readonly { readonly instrument: number }[], index: number) =>
      rows.some((row) => row.instrument === index);
    return this.traded.every(
      ({ index }) =>
        has(trades, index) &&
        (!this.channels.includes('book') || has(books, index)) &&
        (!this.channels.includes('quotes') || has(quotes, index)),
    );
  }

  async flowing(): Promise<void> {
    await until(`${this.feed.id} flows`, () => this.isFlowing, SETTLE_MS).catch((error) => {
      throw new Error(`${error.message}: ${this.state}`);
    });
  }

  /** Waits until each traded instrument has `count` trades more than now. */
  async moreTrades(count: number): Promise<void> {
    const have = () =>
      this.traded.map(
        ({ index }) => this.recording.trades.filter((t) => t.instrument === index).length,
      );
    const before = have();
    await until(
      `${count} more trades of ${this.feed.id}`,
      () => have().every((n, i) => n >= (before[i] ?? 0) + count),
      SETTLE_MS,
    ).catch((error) => {
      throw new Error(`${error.message}: ${this.state}`);
    });
  }

  /**
   * True where a lost book message shows: its book messages are changes, and a rule or a checksum
   * says what they follow.
   */
  get isSequenced(): boolean {
    return this.#changesSeen > 0 && (this.#hasChecksums || hasSequence(this.feed));
  }

  /** False where each book message is the whole book. */
  get hasChanges(): boolean {
    return this.#changesSeen > 0;
  }

  /** The feed's protocol, with a look at what its book messages are. */
  #watch(feed: FeedModule, options: ProtocolOptions): FeedProtocol {
    const protocol = feed.createProtocol(options);
    this.#hasChecksums = protocol.verifyBook !== undefined;
    const decode = protocol.decode.bind(protocol);
    const watched = new WeakMap<MessageHandler, MessageHandler>();
    protocol.decode = (frame, length, out) => {
      let handler = watched.get(out);
      if (handler === undefined) {
        handler = new Proxy(out, {
          get: (target, name: keyof MessageHandler) => {
            if (name !== 'onDepth') return target[name]?.bind(target);
            return (message: DepthMessage) => {
              if (!message.isSnapshot) this.#changesSeen += 1;
              target.onDepth(message);
            };
          },
        });
        watched.set(out, handler);
      }
      return decode(frame, length, handler);
    };
    return protocol;
  }

  /** All books valid again and no hole that is still worked on. */
  async healed(): Promise<void> {
    await until(
      `${this.feed.id} healed`,
      () => this.recording.count('trade_gaps_open') === 0 && this.#areBooksValid(),
      SETTLE_MS,
    ).catch((error) => {
      throw new Error(`${error.message}: ${this.state}`);
    });
  }

  #areBooksValid(): boolean {
    const { recording } = this;
    return !this.channels.includes('book') || recording.count('books_valid') >= this.traded.length;
  }

  /** For the report of a failure. */
  get state(): string {
    const { recording, wire } = this;
    const names = ['frames', 'trades', 'malformed', 'books_valid', 'trade_gaps_open'] as const;
    const counts = names.map((name) => `${name} ${recording.count(name)}`).join(', ');
    const rows = `books ${recording.books.length}, quotes ${recording.quotes.length}`;
    const closes = wire.policyCloses.join('; ');
    const log = recording.log.slice(-6).join('\n  ');
    return `${counts}, ${rows}; ${wire.opened} connections; ${closes}\n  ${log}`;
  }

  /** Stops recorder and exchange, and holds what was recorded against what was true. */
  async judge(): Promise<RigResult> {
    await this.recording.stop();
    const { restRefusals } = await this.exchange.stats();
    await this.#stop();
    const { recording, market } = this;
    const heldUpUs = TURNS * this.#lag.worstUs;
    const books = this.traded.map((each) => market.judgeBooks(each, recording.books, heldUpUs));
    const quotes = this.traded.map((each) => market.judgeQuotes(each, recording.quotes, heldUpUs));
    return {
      trades: judgeTrades(recording, this.#folder.file('truth.ndjson')),
      books: sum(books),
      quotes: sum(quotes),
      restRefusals,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isStopped) {
      await this.recording.stop();
      await this.#stop();
    }
    this.#lag[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    await this.wire.stop();
    await this.exchange.stop();
  }

  /** Gaps in the ledger's words, by instrument. */
  gapsOf(instrument: number): number {
    return this.recording.statusesOf(StatusKind.gap, instrument).length;
  }
}

function sum(parts: readonly BookVerdict[]): BookVerdict {
  return {
    compared: parts.reduce((n, each) => n + each.compared, 0),
    wrong: parts.reduce((n, each) => n + each.wrong, 0),
    samples: parts.flatMap((each) => each.samples),
  };
}

/** False where no message says what it follows. */
function hasSequence({ bookRule }: FeedModule): boolean {
  const event = {
    instrument: 0,
    tsUs: 1,
    firstId: 1000,
    lastId: 1001,
    previousId: 999,
    isSnapshot: false,
    checksum: Number.NaN,
    bidCount: 0,
    askCount: 0,
    prices: new Float64Array(0),
    sizes: new Float64Array(0),
    precisionLoss: false,
  };
  return bookRule.next(1, event) === 'gap';
}

/** Majors first, one of each market type before the second of any. */
export function pickListings(dialect: SimDialect, count: number): readonly SimListing[] {
  const rank = new Map<SimListing, number>();
  const seen = new Map<string, number>();
  for (const listing of [...dialect.listings].sort((a, b) => +b.isMajor - +a.isMajor)) {
    const nth = seen.get(listing.marketType) ?? 0;
    seen.set(listing.marketType, nth + 1);
    rank.set(listing, nth);
  }
  const byRank = (a: SimListing, b: SimListing) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0);
  return [...rank.keys()].sort(byRank).slice(0, count);
}

/** Throws with the feed's own reason when it does not understand `text`. */
export function resolve(feed: FeedModule, text: string, index: number): Instrument {
  const result = feed.parseSymbol(text);
  if (!result.ok) throw new Error(`${feed.id}: ${result.reason}`);
  const { symbol, marketType, venueSymbol, base, quote } = result;
  const tape = feed.tapes[0] ?? 'trade';
  const { venue, id } = feed;
  return { index, venue, feed: id, symbol, marketType, venueSymbol, base, quote, tape };
}
