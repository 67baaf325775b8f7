/**
 * Where the three feeds of Binance differ, as data. The code of the folder is one for all and asks
 * here; a difference that is not here is none.
 */
import type { FeedLimits, FeedUrls } from '../contract.ts';

/** What a stream carries, in the venue's words. */
export type StreamKind = 'trade' | 'aggTrade' | 'bookTicker' | 'depth' | 'markPrice' | 'forceOrder';

export interface TradeEndpoint {
  readonly path: string;
  readonly weight: number;
  /** False where the endpoint only gives the newest trades. */
  readonly takesFromId: boolean;
}

export interface BinanceFeed {
  readonly id: 'binance.spot' | 'binance.usdm' | 'binance.coinm';
  readonly urls: FeedUrls;
  readonly limits: FeedLimits;
  /** Path of the combined-stream endpoint of each route. */
  readonly routePaths: Readonly<Record<string, string>>;
  /** Which route serves a kind: on the wrong one a subscription is acknowledged and silent. */
  readonly routes: Readonly<Partial<Record<StreamKind, string>>>;
  /** `bookTicker` says what it is (`e`) and when it was (`E` pushed, `T` engine). */
  readonly quoteHasTime: boolean;
  /** Depth events name the event they follow (`pu`) and the engine's time (`T`). */
  readonly depthHasPrevious: boolean;
  /** `trade` carries the order type `X`; only MARKET prints are trades of the market. */
  readonly tradeHasOrderType: boolean;
  /** Dated contracts exist (`BTCUSDT_260925`), and undated ones are perpetual. */
  readonly isFutures: boolean;
  /** Sizes are contracts of a fixed value in the quote currency; the instrument list has it. */
  readonly isInverse: boolean;
  /** Bit n is set where rows of `st` n are the feed's own; other rows are passed over. */
  readonly settlements: number;
  readonly instruments: { readonly path: string; readonly weight: number };
  readonly depth: { readonly path: string; readonly limit: number; readonly weight: number };
  readonly trades: Readonly<Record<'trade' | 'aggTrade', TradeEndpoint>>;
  /** Open interest is published over REST only. */
  readonly openInterest?: { readonly path: string; readonly weight: number };
}

const SECOND_US = 1_000_000;
/** `st` of rows: 1 USD-M, 2 COIN-M. */
const USDM_ROWS = 1 << 1;
const COINM_ROWS = 1 << 2;
/** A connection lives at most 24 h; half an hour is left to bring the next one up beside it. */
const LIFE_US = (24 * 3600 - 1800) * SECOND_US;

export const SPOT: BinanceFeed = {
  id: 'binance.spot',
  urls: { ws: 'wss://stream.binance.com:9443', rest: 'https://api.binance.com' },
  limits: {
    streamsPerConnection: 1024,
    // The venue takes 5 a second and counts our answers to its pings among them.
    framesPerSecond: 4,
    connectsPer5Minutes: 300,
    connectionLifeUs: LIFE_US,
    restWeightPerMinute: 6000,
    heartbeatUs: Number.POSITIVE_INFINITY,
  },
  routePaths: { stream: '/stream' },
  routes: { trade: 'stream', aggTrade: 'stream', bookTicker: 'stream', depth: 'stream' },
  quoteHasTime: false,
  depthHasPrevious: false,
  tradeHasOrderType: false,
  isFutures: false,
  isInverse: false,
  settlements: USDM_ROWS,
  instruments: { path: '/api/v3/exchangeInfo', weight: 20 },
  // 5000 levels weigh 250: two dozen books would use up the minute's budget. 1000 weigh 50.
  depth: { path: '/api/v3/depth', limit: 1000, weight: 50 },
  trades: {
    trade: { path: '/api/v3/historicalTrades', weight: 25, takesFromId: true },
    aggTrade: { path: '/api/v3/aggTrades', weight: 4, takesFromId: true },
  },
};

export const USDM: BinanceFeed = {
  id: 'binance.usdm',
  urls: { ws: 'wss://fstream.binance.com', rest: 'https://fapi.binance.com' },
  limits: {
    // One copy of the documentation says 1024, another 200: the smaller is right under both.
    streamsPerConnection: 200,
    framesPerSecond: 10,
    // Not documented for this feed; the spot feed's.
    connectsPer5Minutes: 300,
    connectionLifeUs: LIFE_US,
    restWeightPerMinute: 2400,
    heartbeatUs: Number.POSITIVE_INFINITY,
  },
  // The un-routed root was retired on 2026-04-23.
  routePaths: { public: '/public/stream', market: '/market/stream' },
  routes: {
    trade: 'public',
    aggTrade: 'market',
    bookTicker: 'public',
    depth: 'public',
    markPrice: 'market',
    forceOrder: 'market',
  },
  quoteHasTime: true,
  depthHasPrevious: true,
  tradeHasOrderType: true,
  isFutures: true,
  isInverse: false,
  settlements: USDM_ROWS,
  instruments: { path: '/fapi/v1/exchangeInfo', weight: 1 },
  depth: { path: '/fapi/v1/depth', limit: 1000, weight: 20 },
  trades: {
    // `historicalTrades` would take an id but wants an API key.
    trade: { path: '/fapi/v1/trades', weight: 5, takesFromId: false },
    aggTrade: { path: '/fapi/v1/aggTrades', weight: 20, takesFromId: true },
  },
  openInterest: { path: '/fapi/v1/openInterest', weight: 1 },
};

export const COINM: BinanceFeed = {
  id: 'binance.coinm',
  urls: { ws: 'wss://dstream.binance.com', rest: 'https://dapi.binance.com' },
  // None of these is documented for this feed: USD-M's, on which it runs since June 2026.
  limits: { ...USDM.limits },
  // One path serves all streams: this host is not split as USD-M's is.
  routePaths: { stream: '/stream' },
  routes: {
    trade: 'stream',
    aggTrade: 'stream',
    bookTicker: 'stream',
    depth: 'stream',
    markPrice: 'stream',
    forceOrder: 'stream',
  },
  quoteHasTime: true,
  depthHasPrevious: true,
  tradeHasOrderType: true,
  isFutures: true,
  isInverse: true,
  // The rows' own code is 2, yet the venue's examples of this feed say 1 as often. A stream is one
  // symbol's, and no USD-M contract has a name of COIN-M.
  settlements: COINM_ROWS | USDM_ROWS,
  instruments: { path: '/dapi/v1/exchangeInfo', weight: 1 },
  depth: { path: '/dapi/v1/depth', limit: 1000, weight: 20 },
  trades: {
    trade: { path: '/dapi/v1/trades', weight: 5, takesFromId: false },
    aggTrade: { path: '/dapi/v1/aggTrades', weight: 20, takesFromId: true },
  },
  openInterest: { path: '/dapi/v1/openInterest', weight: 1 },
};
