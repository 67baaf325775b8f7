/**
 * Where the two feeds of Bitget differ, as data. The code of the folder is one for both and asks
 * here; a difference that is not here is none.
 */
import type { FeedLimits, FeedUrls } from '../contract.ts';

export interface BitgetFeed {
  readonly id: 'bitget.spot' | 'bitget.usdt';
  /** The venue's name of the market, by the version of its interface. */
  readonly instType: Readonly<Record<'v2' | 'v3', string>>;
  readonly urls: FeedUrls;
  readonly limits: FeedLimits;
  /** Perpetuals: mark price, funding and open interest come with the ticker. */
  readonly isFutures: boolean;
  readonly instrumentsPath: string;
  readonly tradesPath: string;
  /** Parameter of every request of the futures. */
  readonly productType: string | undefined;
}

const SECOND_US = 1_000_000;
const URLS: FeedUrls = { ws: 'wss://ws.bitget.com', rest: 'https://api.bitget.com' };

const LIMITS: FeedLimits = {
  // The venue takes 1000 and advises fewer than 50.
  streamsPerConnection: 48,
  // The venue takes 10 a second, pings among them.
  framesPerSecond: 4,
  // The venue takes 300.
  connectsPer5Minutes: 250,
  // 240 subscriptions an hour; whether a frame or each of its streams counts is not said. With 48
  // streams at first and one in each frame after that, both stay below.
  requestsPerHour: 190,
  // The venue ends every connection after 24 h; half an hour is left for the next one.
  connectionLifeUs: (24 * 3600 - 1800) * SECOND_US,
  // 10 a second for the history of trades: half of it a window holds across two windows, too.
  restWeightPerMinute: 300,
  restWindowUs: SECOND_US,
  // A text `ping` every 30 s; after two minutes without one the connection ends.
  heartbeatUs: 25 * SECOND_US,
};

export const SPOT: BitgetFeed = {
  id: 'bitget.spot',
  instType: { v2: 'SPOT', v3: 'spot' },
  urls: URLS,
  limits: LIMITS,
  isFutures: false,
  instrumentsPath: '/api/v2/spot/public/symbols',
  tradesPath: '/api/v2/spot/market/fills-history',
  productType: undefined,
};

export const USDT: BitgetFeed = {
  id: 'bitget.usdt',
  instType: { v2: 'USDT-FUTURES', v3: 'usdt-futures' },
  urls: URLS,
  limits: LIMITS,
  isFutures: true,
  instrumentsPath: '/api/v2/mix/market/contracts',
  tradesPath: '/api/v2/mix/market/fills-history',
  productType: 'USDT-FUTURES',
};
