/** What both decode paths fill: one set of reused messages a protocol, and which of them counts. */
import type { DepthMessage, DerivativeMessage, QuoteMessage, TradeMessage } from '../contract.ts';
import { createDepthMessage, createQuoteMessage, createTradeMessage } from '../kit/messages.ts';

/** What a decoded frame holds; the matching messages of `Messages` are filled. */
export const Kind = { unknown: 0, trades: 1, quote: 2, depth: 3, derivative: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface Messages {
  /** The first `tradeCount` are of the frame, in its order. */
  readonly trades: TradeMessage[];
  tradeCount: number;
  readonly quote: QuoteMessage;
  readonly depth: DepthMessage;
  readonly derivative: DerivativeMessage;
}

export function createMessages(): Messages {
  return {
    trades: [],
    tradeCount: 0,
    quote: createQuoteMessage(),
    depth: createDepthMessage(),
    derivative: {
      instrument: 0,
      tsUs: Number.NaN,
      markPrice: Number.NaN,
      indexPrice: Number.NaN,
      fundingRate: Number.NaN,
      nextFundingUs: Number.NaN,
      openInterest: Number.NaN,
    },
  };
}

/** The trade message number `index`, made when it is the first of its place. */
export function tradeAt(messages: Messages, index: number): TradeMessage {
  let message = messages.trades[index];
  if (message === undefined) {
    message = createTradeMessage();
    messages.trades[index] = message;
  }
  return message;
}
