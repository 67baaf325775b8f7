/** OKX's one feed as data: addresses, limits, channel names. Spot, swaps and futures share it. */
import type { MarketType } from '../../model/instrument.ts';
import type { FeedLimits, FeedUrls } from '../contract.ts';

export const FEED_ID = 'okx';

/**
 * Other regions have hosts of their own (EEA: wseea.okx.com, US: wsus.okx.com): `urls` in the
 * configuration replaces these.
 */
export const URLS: FeedUrls = { ws: 'wss://ws.okx.com:8443', rest: 'https://www.okx.com' };

const SECOND_US = 1_000_000;
const HOUR_US = 3600 * SECOND_US;

export const LIMITS: FeedLimits = {
  // All arguments of a connection may have 64 KB together; one has below 64 bytes.
  streamsPerConnection: 500,
  // The venue counts requests by the hour; this only spreads them.
  framesPerSecond: 3,
  connectsPer5Minutes: 300,
  connectsPerSecond: 3,
  // Subscribe, unsubscribe and login requests: 480.
  requestsPerHour: 450,
  // No forced close is documented; once a day keeps a connection from growing odd.
  connectionLifeUs: 24 * HOUR_US,
  // Limits are by endpoint; the tightest one used (history-trades, instruments) is 20 in 2 s.
  restWeightPerMinute: 600,
  restWindowUs: 2 * SECOND_US,
  // The venue cuts a connection that carried nothing for 30 s; the answer to a ping is something.
  heartbeatUs: 20 * SECOND_US,
};

/** More than 30 books of 400 levels should not share a connection: one instrument has one. */
export const INSTRUMENTS_PER_CONNECTION = 25;

export const INST_TYPES = ['SPOT', 'FUTURES', 'SWAP'] as const;
export type InstType = (typeof INST_TYPES)[number];

export const INST_TYPE_OF: Readonly<Partial<Record<MarketType, InstType>>> = {
  spot: 'SPOT',
  perp: 'SWAP',
  future: 'FUTURES',
};
