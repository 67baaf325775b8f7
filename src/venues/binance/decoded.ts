/** What a frame of Binance becomes, whichever path read it. */
import type {
  DepthMessage,
  DerivativeMessage,
  LiquidationMessage,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';
import {
  createDepthMessage,
  createDerivativeMessage,
  createLiquidationMessage,
  createQuoteMessage,
  createTradeMessage,
} from '../kit/messages.ts';

/** What a decoded frame holds; the matching message of `Messages` is filled. */
export const Kind = {
  unknown: 0,
  trade: 1,
  aggTrade: 2,
  bookTicker: 3,
  depth: 4,
  /** These two are the slow path's. */
  markPrice: 5,
  forceOrder: 6,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** The messages both paths fill; one set a protocol. */
export interface Messages {
  readonly trade: TradeMessage;
  readonly quote: QuoteMessage;
  readonly depth: DepthMessage;
  readonly derivative: DerivativeMessage;
  readonly liquidation: LiquidationMessage;
}

export function createMessages(): Messages {
  return {
    trade: createTradeMessage(),
    quote: createQuoteMessage(),
    depth: createDepthMessage(),
    derivative: createDerivativeMessage(),
    liquidation: createLiquidationMessage(),
  };
}
