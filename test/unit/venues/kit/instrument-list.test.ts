/** The instrument list of a venue is asked for at the start and once a day from then on. */
import { describe, expect, test } from 'bun:test';
import { RecordBytes } from '../../../../src/base/record-bytes.ts';
import { RECORD_LENGTH_MAX } from '../../../../src/model/record-sink.ts';
import { createFeedCounters } from '../../../../src/venues/feed-counters.ts';
import { FeedSession } from '../../../../src/venues/kit/feed-session.ts';
import { feed, instruments } from '../binance/collector.ts';

const START_US = 1_750_000_000_000_000;
const HOUR_US = 3_600_000_000;
const BODY = JSON.stringify({
  symbols: [
    {
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', stepSize: '0.00001' },
      ],
    },
  ],
});

describe('the instrument list', () => {
  test('is asked for once a day, and each answer is handed on', () => {
    const module = feed('binance.spot');
    const asked: string[] = [];
    let lists = 0;
    const session = new FeedSession({
      feed: module,
      urls: module.urls,
      instruments: instruments('binance.spot', ['BTC/USDT']),
      channels: ['trades'],
      staleAfterUs: {},
      book: { depth: 10, intervalUs: 100_000, deltas: false },
      repair: { maxTrades: 100, graceUs: 0 },
      resume: new Map(),
      isReplay: false,
      seed: 1,
      sink: { scratch: RecordBytes.allocate(RECORD_LENGTH_MAX), emit: () => {} },
      actions: {
        open: () => {},
        close: () => {},
        send: () => {},
        fetch: ({ url }) => asked.push(url),
        report: () => {},
      },
      counters: createFeedCounters(),
    });
    session.onMetadata = (list) => {
      lists += 1;
      expect(list[0]).toMatchObject({ symbol: 'BTC/USDT', tickSize: 0.01, status: 'TRADING' });
    };
    session.start(START_US);
    for (let hour = 0; hour <= 72; hour += 1) {
      const nowUs = START_US + hour * HOUR_US;
      session.onTick(nowUs);
      session.onTick(nowUs + 300_000);
      for (const url of asked.slice(lists)) session.onRest(url, 200, BODY, 0, nowUs + 400_000);
    }
    expect(asked.every((url) => url.endsWith('/api/v3/exchangeInfo'))).toBe(true);
    expect(lists).toBe(4);
  });
});
