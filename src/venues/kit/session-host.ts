/** What a feed session asks of the world: live, it is sockets and HTTP; in a replay, nothing. */
import type { RestRequest } from '../contract.ts';

export type ReportLevel = 'info' | 'warn' | 'error';

export interface SessionActions {
  /** Opens a WebSocket under this number; the answer is `onOpen` or `onClose`. */
  open(connection: number, url: string): void;
  close(connection: number, code: number, reason: string): void;
  send(connection: number, text: string): void;
  /** Asks; the answer is `onRest` with the same URL (status 0: no answer at all). */
  fetch(request: RestRequest): void;
  /** A fact for the log. */
  report(level: ReportLevel, message: string): void;
}

/** What a store proves it holds of one instrument's trades when the session starts. */
export interface TradeResume {
  readonly intervals: readonly { readonly from: number; readonly to: number }[];
  readonly lastTradeUs: number;
  readonly lastTradeId: number;
  readonly coveredFromUs: number;
  readonly recentTextIds: readonly string[];
  readonly openGaps: readonly {
    readonly fromId: number;
    readonly toId: number;
    readonly fromUs: number;
    readonly toUs: number;
    readonly cause: string;
  }[];
}
