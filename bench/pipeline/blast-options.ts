/** What the blaster is asked for and what is said between it and the bench. */

export interface BlastOptions {
  /** Names as the venue has them (`B0USDT`). */
  readonly symbols: readonly string[];
  /** One round: frames of each symbol in turn, T trade, Q quote, D depth of 20 + 20 levels. */
  readonly mix: string;
  /** Frames a second by a fixed schedule; 0: as fast as the window lets. */
  readonly rate: number;
  /** Frames sent and not yet confirmed, at most; for rate 0. */
  readonly window: number;
}

export type ToBlaster =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** Frames that have come through the whole pipeline. */
  | { readonly type: 'confirmed'; readonly frames: number };

export type FromBlaster =
  | { readonly type: 'ready'; readonly wsPort: number; readonly restPort: number }
  /** A client has subscribed and been acknowledged. */
  | { readonly type: 'subscribed' }
  /** Frames handed to the socket so far; `late`: most that a frame was behind its schedule, µs. */
  | { readonly type: 'stopped'; readonly sent: SentCounts; readonly lateUs: number };

export interface SentCounts {
  readonly frames: number;
  readonly trades: number;
  readonly quotes: number;
  readonly depths: number;
}
