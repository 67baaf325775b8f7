/** What the two feeds of MEXC are held to, and where they are. Spot and contracts share nothing. */
import type { FeedLimits, FeedUrls } from '../contract.ts';

const SECOND_US = 1_000_000;
const HOUR_US = 3600 * SECOND_US;

export const SPOT_URLS: FeedUrls = { ws: 'wss://wbs-api.mexc.com', rest: 'https://api.mexc.com' };

export const SPOT_LIMITS: FeedLimits = {
  // The surplus is refused in a text that looks like success.
  streamsPerConnection: 30,
  // The venue closes the connection over 100 and bans those who do it again.
  framesPerSecond: 50,
  // Not documented.
  connectsPer5Minutes: 100,
  // Closed after 24 h at most; half an hour is left to bring the next one up beside it.
  connectionLifeUs: 24 * HOUR_US - HOUR_US / 2,
  // 500 in 10 s for each endpoint by the documents, 300 for all by others: the smaller one.
  restWeightPerMinute: 1800,
  restWindowUs: 10 * SECOND_US,
  // Closed after 60 s without data; a ping keeps it open.
  heartbeatUs: 15 * SECOND_US,
};

export const CONTRACT_URLS: FeedUrls = {
  ws: 'wss://contract.mexc.com',
  rest: 'https://contract.mexc.com',
};

export const CONTRACT_LIMITS: FeedLimits = {
  // No cap is documented; 40 were seen to work.
  streamsPerConnection: 40,
  // Not documented.
  framesPerSecond: 10,
  connectsPer5Minutes: 100,
  // No age is documented.
  connectionLifeUs: 24 * HOUR_US - HOUR_US / 2,
  // 20 requests in 2 s for each endpoint: kept for all of them together.
  restWeightPerMinute: 600,
  restWindowUs: 2 * SECOND_US,
  // Without a ping the connection is closed after 60 s, even while data flows.
  heartbeatUs: 15 * SECOND_US,
};
