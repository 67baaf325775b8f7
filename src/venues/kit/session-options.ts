/** What a feed session is made of. */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { RecordSink } from '../../model/record-sink.ts';
import type { FeedModule, FeedUrls } from '../contract.ts';
import type { FeedCounters } from '../feed-counters.ts';
import type { SessionActions, TradeResume } from './session-host.ts';

export interface SessionOptions {
  readonly feed: FeedModule;
  readonly urls: FeedUrls;
  /** The feed's instruments; their `index` is what records carry. */
  readonly instruments: readonly Instrument[];
  readonly channels: readonly ChannelName[];
  readonly staleAfterUs: Partial<Record<ChannelName, number>>;
  readonly book: { readonly depth: number; readonly intervalUs: number; readonly deltas: boolean };
  readonly repair: { readonly maxTrades: number; readonly graceUs: number };
  /** What the store holds, by instrument index. */
  readonly resume: ReadonlyMap<number, TradeResume>;
  /**
   * A replay: frames come from a capture, so nothing is planned, sent or fetched, connections are
   * the capture's own, and whichever tape an instrument's first trade is from is its tape.
   */
  readonly isReplay: boolean;
  /** Seed of the jitter of reconnects. */
  readonly seed: number;
  readonly sink: RecordSink;
  readonly actions: SessionActions;
  readonly counters: FeedCounters;
}
