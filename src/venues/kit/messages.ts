/** Empty messages for decoders to own, fill and hand out again and again. */
import { TextId } from '../../model/text-id.ts';
import type {
  DepthMessage,
  DerivativeMessage,
  LiquidationMessage,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';

const LEVEL_CAPACITY = 1024;

export function createTradeMessage(): TradeMessage {
  return {
    instrument: 0,
    tape: 'trade',
    tsUs: Number.NaN,
    price: Number.NaN,
    size: Number.NaN,
    nativeSize: Number.NaN,
    isSell: false,
    tradeId: Number.NaN,
    textId: new TextId(),
    firstTradeId: Number.NaN,
    isMarket: true,
    precisionLoss: false,
  };
}

export function createQuoteMessage(): QuoteMessage {
  return {
    instrument: 0,
    tsUs: Number.NaN,
    bidPrice: Number.NaN,
    bidSize: Number.NaN,
    askPrice: Number.NaN,
    askSize: Number.NaN,
    sequence: Number.NaN,
    precisionLoss: false,
  };
}

export function createDepthMessage(): DepthMessage {
  return {
    instrument: 0,
    tsUs: Number.NaN,
    firstId: Number.NaN,
    lastId: Number.NaN,
    previousId: Number.NaN,
    isSnapshot: false,
    checksum: Number.NaN,
    bidCount: 0,
    askCount: 0,
    prices: new Float64Array(LEVEL_CAPACITY),
    sizes: new Float64Array(LEVEL_CAPACITY),
    precisionLoss: false,
  };
}

export function createDerivativeMessage(): DerivativeMessage {
  return {
    instrument: 0,
    tsUs: Number.NaN,
    markPrice: Number.NaN,
    indexPrice: Number.NaN,
    fundingRate: Number.NaN,
    nextFundingUs: Number.NaN,
    openInterest: Number.NaN,
  };
}

export function createLiquidationMessage(): LiquidationMessage {
  return {
    instrument: 0,
    tsUs: Number.NaN,
    price: Number.NaN,
    size: Number.NaN,
    nativeSize: Number.NaN,
    isSell: false,
  };
}
