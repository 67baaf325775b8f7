/**
 * Where the two feeds of Bybit v5 differ, as data. The code of the folder is one for both and asks
 * here; a difference that is not here is none.
 */
import type { FeedLimits, FeedUrls } from '../contract.ts';

export interface BybitFeed {
  readonly id: 'bybit.spot' | 'bybit.linear';
  /** Spot and linear write the same symbols: a name means something in its category only. */
  readonly category: 'spot' | 'linear';
  readonly urls: FeedUrls;
  /** One category a connection. */
  readonly socketPath: string;
  readonly limits: FeedLimits;
  /** Perpetuals and dated contracts; mark price, funding, open interest and liquidations exist. */
  readonly isDerivative: boolean;
  /** Rows of `recent-trade`; the endpoint has neither paging nor a time filter. */
  readonly tradeRowsMax: number;
  /** Between two looks at `recent-trade` for trades the stream left out. */
  readonly tradeAuditUs: number;
}

const SECOND_US = 1_000_000;
const URLS: FeedUrls = { ws: 'wss://stream.bybit.com', rest: 'https://api.bybit.com' };

/**
 * The venue takes 600 requests in any five seconds and then answers 403 and wants ten minutes of
 * silence. Half of it a window holds across the boundary of two windows, too.
 */
const REQUESTS_PER_MINUTE = 3_600;
const WINDOW_US = 5 * SECOND_US;
const FORBIDDEN_US = 660 * SECOND_US;

const LIMITS: FeedLimits = {
  // The venue counts characters: 21,000 of arguments. `NAME_LENGTH_MAX` keeps 400 below that.
  streamsPerConnection: 400,
  // Not documented.
  framesPerSecond: 8,
  // The venue takes 500.
  connectsPer5Minutes: 400,
  // No age at which the venue closes a connection is documented.
  connectionLifeUs: Number.POSITIVE_INFINITY,
  restWeightPerMinute: REQUESTS_PER_MINUTE,
  restWindowUs: WINDOW_US,
  restForbiddenUs: FORBIDDEN_US,
  heartbeatUs: 20 * SECOND_US,
};

export const SPOT: BybitFeed = {
  id: 'bybit.spot',
  category: 'spot',
  urls: URLS,
  socketPath: '/v5/public/spot',
  limits: LIMITS,
  isDerivative: false,
  tradeRowsMax: 60,
  tradeAuditUs: 3 * SECOND_US,
};

export const LINEAR: BybitFeed = {
  id: 'bybit.linear',
  category: 'linear',
  urls: URLS,
  socketPath: '/v5/public/linear',
  limits: LIMITS,
  isDerivative: true,
  tradeRowsMax: 1000,
  tradeAuditUs: 5 * SECOND_US,
};
