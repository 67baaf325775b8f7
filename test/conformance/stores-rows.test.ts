/** What goes into a store comes out the same; what comes twice is there once. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatUs } from '../../src/base/clock.ts';
import { RecordType, StatusKind } from '../../src/model/record-layout.ts';
import {
  BatchBuilder,
  HOUR_US,
  NEW_YEAR_US,
  SECOND_US,
  testInstrument,
} from '../support/batch-builder.ts';
import { BTC, describeStores } from '../support/store-suite.ts';

const LATEST_US = Number.MAX_SAFE_INTEGER;
const WHOLE = { limit: 10_000, order: 'asc' } as const;

/** Decimals of up to 15 significant digits from 1e-12 to 1e15, as venues print them. */
const decimal = fc
  .tuple(fc.integer({ min: 1, max: 999_999_999_999_999 }), fc.integer({ min: -12, max: 0 }))
  .map(([digits, exponent]) => Number(`${digits}e${exponent}`));
const positive = fc.oneof(decimal, fc.constantFrom(1e-12, 1e15, 0.1, 123456.789012345));
const timeUs = fc.oneof(
  fc.integer({ min: 0, max: LATEST_US }),
  fc.constantFrom(0, 1, 999_999, NEW_YEAR_US + 1, LATEST_US - 1, LATEST_US),
);
const tradeId = fc.oneof(
  fc.integer({ min: 0, max: LATEST_US }),
  fc.constantFrom(0, 2 ** 31, 2 ** 32 + 1, LATEST_US),
  fc.uuid(),
  fc.constantFrom('007', '12345678901234567890123', 'ÄÖ-é-☃', '1e5', '9007199254740993'),
);

describeStores('rows', (suite) => {
  test(
    'give back every trade exactly, at both ends of every range',
    suite.with(async ({ writer, reader, query }) => {
      const trade = fc.record({
        id: tradeId,
        tsUs: timeUs,
        recvUs: timeUs,
        price: positive,
        size: positive,
        isSell: fc.boolean(),
      });
      const seen = new Map<string, unknown>();
      const open = await reader();
      await fc.assert(
        fc.asyncProperty(fc.array(trade, { minLength: 1, maxLength: 20 }), async (list) => {
          const builder = new BatchBuilder();
          for (const item of list) {
            builder.trade(item);
            const key = `${typeof item.id} ${item.id}`;
            if (!seen.has(key)) seen.set(key, item);
          }
          const result = await writer.write(builder.build());
          expect(result.trades + result.tradeDuplicates).toBe(list.length);
        }),
        { numRuns: 40 },
      );
      const rows = await open.trades({ ...BTC, ...WHOLE });
      expect(rows.length).toBe(seen.size);
      for (const row of rows) {
        const key = `${typeof row.trade_id} ${row.trade_id}`;
        expect({
          id: row.trade_id,
          tsUs: row.ts_us,
          recvUs: row.recv_us,
          price: row.price,
          size: row.size,
          isSell: row.is_buyer_maker,
        }).toEqual(seen.get(key) as never);
        expect(row.ts).toBe(formatUs(row.ts_us));
        expect(row.side).toBe(row.is_buyer_maker ? 'sell' : 'buy');
      }
      // The view says the same, and spells the time the same way.
      const view = await query('SELECT ts, ts_us, side, is_buyer_maker FROM trades');
      expect(view.length).toBe(rows.length);
      for (const row of view) expect(row.ts).toBe(formatUs(Number(row.ts_us)));
    }),
  );

  test(
    'keep unicode symbols apart and whole',
    suite.with(
      async ({ writer, reader }) => {
        await writer.write(new BatchBuilder().trade({ instrument: 2, id: 7 }).build());
        const rows = await (await reader()).trades({ symbol: '币安人生/USDT', ...WHOLE });
        expect(rows.map((row) => [row.symbol, row.trade_id])).toEqual([['币安人生/USDT', 7]]);
      },
      {
        instruments: [BTC, testInstrument(1, 'ETH/USDT'), testInstrument(2, '币安人生/USDT')],
      },
    ),
  );

  test(
    'join what several messages of one moment say of a derivative, whatever comes again',
    suite.with(async ({ writer, query }) => {
      const none = Number.NaN;
      const first = new BatchBuilder().derivative([100, none, none, none, none]);
      const both = first.derivative([none, 99, 0.01, none, none]).build();
      expect(await writer.write(both)).toMatchObject({ derivatives: 2 });
      const sql = 'SELECT mark_price, index_price, funding_rate, open_interest FROM derivatives';
      const row = { mark_price: 100, index_price: 99, funding_rate: 0.01, open_interest: null };
      expect(await query(sql)).toEqual([row]);
      const other = new BatchBuilder().derivative([101, 98, none, none, none]).build();
      expect(await writer.write(other)).toMatchObject({ derivatives: 0 });
      expect(await writer.write(both)).toMatchObject({ derivatives: 0 });
      expect(await query(sql)).toEqual([row]);
    }),
  );

  test(
    'hold one row of a trade that comes twice, in one batch or in two, and count the rest',
    suite.with(async ({ writer, query }) => {
      const first = new BatchBuilder()
        .trade({ id: 1 })
        .trade({ id: 1, price: 99 })
        .trade({ id: 2 });
      expect(await writer.write(first.build())).toMatchObject({ trades: 2, tradeDuplicates: 1 });
      // The same id at another time is the same trade: the id is the key, not the time.
      const second = new BatchBuilder().trade({ id: 2, tsUs: NEW_YEAR_US + 9 }).trade({ id: 3 });
      expect(await writer.write(second.build())).toMatchObject({ trades: 1, tradeDuplicates: 1 });
      const rows = await query('SELECT trade_id, price, ts_us FROM trades ORDER BY trade_id');
      expect(rows).toEqual([
        { trade_id: 1, price: 100, ts_us: NEW_YEAR_US },
        { trade_id: 2, price: 100, ts_us: NEW_YEAR_US },
        { trade_id: 3, price: 100, ts_us: NEW_YEAR_US },
      ]);
    }),
  );

  test(
    'do not mix the ids of two tapes',
    suite.with(async ({ writer, query }) => {
      await writer.write(new BatchBuilder().trade({ id: 1 }).build());
      await writer.registerInstruments([{ ...BTC, tape: 'aggTrade' }]);
      const result = await writer.write(new BatchBuilder().trade({ id: 1 }).build());
      expect(result.trades).toBe(1);
      expect(await query("SELECT tape FROM instruments WHERE symbol = 'BTC/USDT'")).toEqual([
        { tape: 'aggTrade' },
      ]);
    }),
  );

  test(
    'store NaN as NULL where a venue may leave a value out',
    suite.with(async ({ writer, query }) => {
      const none = Number.NaN;
      const batch = new BatchBuilder()
        .quote([100, 1, none, none], NEW_YEAR_US, 42)
        .derivative([none, 1.5, -0.0001, none, none])
        .build();
      expect(await writer.write(batch)).toMatchObject({
        quotes: 1,
        derivatives: 1,
        quarantined: 0,
      });
      const quote = 'SELECT bid_price, bid_size, ask_price, ask_size FROM quotes';
      expect(await query(quote)).toEqual([
        { bid_price: 100, bid_size: 1, ask_price: null, ask_size: null },
      ]);
      const derivative =
        'SELECT mark_price, index_price, funding_rate, next_funding_us FROM derivatives';
      expect(await query(derivative)).toEqual([
        { mark_price: null, index_price: 1.5, funding_rate: -0.0001, next_funding_us: null },
      ]);
    }),
  );

  test(
    'write books as compact JSON, best first, every number exact',
    suite.with(async ({ writer, query }) => {
      const bids = [
        [65000.1, 0.001],
        [65000, 1e-12],
      ] as const;
      const asks = [[65000.2, 1e15]] as const;
      const batch = new BatchBuilder()
        .bookSnapshot(bids, asks, NEW_YEAR_US, 77)
        .bookSnapshot([], [], NEW_YEAR_US + 1)
        .bookDelta([[65000, 0]], [], 78, 79)
        .build();
      expect(await writer.write(batch)).toMatchObject({ bookSnapshots: 2, bookDeltas: 1 });
      const rows = await query(
        'SELECT sequence, bids, asks FROM orderbook_snapshots ORDER BY ts_us',
      );
      expect(rows[0]).toEqual({
        sequence: 77,
        bids: '[[65000.1,0.001],[65000,1e-12]]',
        asks: '[[65000.2,1000000000000000]]',
      });
      expect(rows[1]).toEqual({ sequence: null, bids: '[]', asks: '[]' });
    }),
  );

  test(
    'leave out book deltas unless asked for',
    suite.with(
      async ({ writer }) => {
        const batch = new BatchBuilder().bookDelta([[1, 1]], [], 1, 2).build();
        expect((await writer.write(batch)).bookDeltas).toBe(0);
      },
      { bookDeltas: false },
    ),
  );

  test(
    'change nothing when the same batches are written again',
    suite.with(async ({ writer, dump }) => {
      const batches = everyKindOfBatch();
      for (const batch of batches) await writer.write(batch.build());
      const before = await dump();
      for (const batch of batches) {
        const again = await writer.write(batch.build());
        expect(again).toMatchObject({
          trades: 0,
          quotes: 0,
          bookSnapshots: 0,
          candles: 0,
          gaps: 0,
        });
      }
      expect(await dump()).toBe(before);
      expect(before).toContain('trade_gap');
    }),
  );

  test(
    'set a bad row aside with its content and take the rest of the batch',
    suite.with(async ({ writer, reader }) => {
      const none = Number.NaN;
      const batch = new BatchBuilder()
        .trade({ id: 1 })
        .trade({ id: 2, price: none })
        .trade({ id: 3, tsUs: -5 })
        .trade({ id: 4, tsUs: 2 ** 53 })
        .trade({ id: 5, size: Number.POSITIVE_INFINITY })
        .trade({ id: 1.5 })
        .trade({ instrument: 900, id: 6 })
        .candle({ timeframe: 55 })
        .candle({ close: none })
        .raw(RecordType.quote, [0, NEW_YEAR_US])
        .raw(99, [0, NEW_YEAR_US, NEW_YEAR_US])
        .bookSnapshot([[none, 1]], [])
        .bookSnapshot([[1, 1]], [], NEW_YEAR_US, 1.5)
        .bookDelta([[1, 1]], [], Number.POSITIVE_INFINITY, 2)
        .bookDelta([[1, 1]], [], 1, 2 ** 53)
        .trade({ id: 8, nativeSize: Number.POSITIVE_INFINITY })
        .trade({ id: 7 })
        .build();
      const result = await writer.write(batch);
      expect(result).toMatchObject({ trades: 2, quarantined: 15, bookSnapshots: 0, candles: 0 });
      const open = await reader();
      const gaps = await open.gaps({ kind: 'quarantine', ...WHOLE });
      expect(gaps.length).toBe(15);
      const bad = gaps.find((gap) => gap.cause.includes('price'));
      expect(bad?.symbol).toBe('BTC/USDT');
      expect(bad?.how).toContain('"record":"trade"');
      // Again: the same rows, not more of them.
      await writer.write(batch);
      expect((await open.gaps({ kind: 'quarantine', ...WHOLE })).length).toBe(15);
    }),
  );

  test(
    'answer trade queries by time range, limit and order, across instruments',
    suite.with(async ({ writer, reader }) => {
      const builder = new BatchBuilder();
      for (let i = 0; i < 10; i += 1) {
        builder.trade({ instrument: i % 2, id: i, tsUs: NEW_YEAR_US + i * SECOND_US });
      }
      await writer.write(builder.build());
      const open = await reader();
      const ids = async (query: object) =>
        (await open.trades({ ...WHOLE, ...query })).map((row) => row.trade_id);
      expect(await ids({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(await ids({ order: 'desc', limit: 3 })).toEqual([9, 8, 7]);
      expect(await ids({ symbol: 'ETH/USDT', limit: 2 })).toEqual([1, 3]);
      const startUs = NEW_YEAR_US + 2 * SECOND_US;
      expect(await ids({ startUs, endUs: startUs + 2 * SECOND_US })).toEqual([2, 3]);
      expect(await ids({ venue: 'nobody' })).toEqual([]);
      expect(await ids({ startUs: startUs + HOUR_US })).toEqual([]);
    }),
  );

  test(
    'have exactly the columns that the schema promises',
    suite.with(async ({ writer, query }) => {
      for (const batch of everyKindOfBatch()) await writer.write(batch.build());
      const columns = async (name: string) =>
        Object.keys((await query(`SELECT * FROM ${name}`))[0] ?? {}).join(', ');
      expect(await columns('trades')).toBe(
        'venue, symbol, market_type, trade_id, ts, ts_us, recv_us, price, size, side, ' +
          'is_buyer_maker',
      );
      expect(await columns('quotes')).toBe(
        'venue, symbol, market_type, ts, ts_us, recv_us, bid_price, bid_size, ask_price, ask_size',
      );
      expect(await columns('orderbook_snapshots')).toBe(
        'venue, symbol, market_type, ts, ts_us, recv_us, sequence, bids, asks',
      );
      expect(await columns('candles')).toBe(
        'venue, symbol, market_type, timeframe, ts, ts_us, open, high, low, close, volume, ' +
          'quote_volume, trade_count, buy_volume, vwap, state, revision',
      );
      expect(await columns('data_quality')).toBe(
        'id, venue, symbol, market_type, kind, from_id, to_id, from_us, to_us, from_ts, to_ts, ' +
          'cause, detected_us, repaired, repaired_us, how',
      );
      for (const name of ['instruments', 'coverage']) {
        expect(await columns(name)).toContain('venue, symbol, market_type');
      }
    }),
  );

  test(
    'keep sessions, instruments and counts',
    suite.with(async ({ writer, reader }) => {
      const session = {
        sessionId: 's1',
        startedUs: NEW_YEAR_US,
        command: 'collect',
        version: '0.1.0',
        host: 'desk',
        config: '{}',
      };
      await writer.startSession(session);
      const open = await reader();
      expect(await open.sessions(5)).toEqual([{ ...session, endedUs: null, summary: null }]);
      await writer.endSession('s1', NEW_YEAR_US + 1, '{"trades":0}');
      expect((await open.sessions(5))[0]).toMatchObject({ endedUs: NEW_YEAR_US + 1 });
      const meta = {
        ...BTC,
        tickSize: 0.01,
        lotSize: 0.00001,
        contractSize: 1,
        status: 'trading',
      };
      await writer.updateInstrumentMeta([meta]);
      const [btc, eth] = await open.instruments();
      expect(btc).toMatchObject({ symbol: 'BTC/USDT', tickSize: 0.01, tape: 'trade' });
      expect(eth).toMatchObject({ symbol: 'ETH/USDT', tickSize: null, feed: 'binance.spot' });
      await writer.write(new BatchBuilder().trade({ id: 1 }).build());
      const facts = await open.tables();
      const trades = { table: 'trades', rows: 1, firstUs: NEW_YEAR_US, lastUs: NEW_YEAR_US };
      expect(facts.find((fact) => fact.table === 'trades')).toEqual(trades);
    }),
  );
});

/** One of everything, in the order a session sends it. */
function everyKindOfBatch(): BatchBuilder[] {
  const gap = {
    channel: 0,
    fromId: 3,
    toId: 4,
    fromUs: NEW_YEAR_US,
    toUs: NEW_YEAR_US + 5,
  } as const;
  const coverage = { kind: StatusKind.coverage, channel: 0, fromUs: NEW_YEAR_US } as const;
  return [
    new BatchBuilder()
      .trade({ id: 1 })
      .trade({ id: 2, tsUs: NEW_YEAR_US + SECOND_US, isSell: true })
      .trade({ id: 'text-id', instrument: 1 })
      .quote([1, 2, 3, 4])
      .quote([1, 2, 3, 5], NEW_YEAR_US + 1, 9)
      .bookSnapshot([[1, 1]], [[2, 2]])
      .bookDelta([[1, 0]], [], 1, 2)
      .bookDelta([[1, 3]], [], Number.NaN, Number.NaN)
      .candle({ tradeCount: 2, isClosed: false })
      .derivative([1, 2, 3, NEW_YEAR_US, 5])
      .liquidation(100, 2, true)
      .status({ ...coverage, fromId: 1, toId: 2, toUs: NEW_YEAR_US + SECOND_US })
      .status({ ...gap, kind: StatusKind.gap, cause: 'sequence' })
      .status({ kind: StatusKind.stale, channel: 2, fromUs: NEW_YEAR_US, cause: 'no data' }),
    new BatchBuilder()
      .trade({ id: 3, tsUs: NEW_YEAR_US + 2 })
      .trade({ id: 4, tsUs: NEW_YEAR_US + 3 })
      .trade({ id: 5, tsUs: NEW_YEAR_US + HOUR_US })
      .candle({ tradeCount: 4 })
      .candle({ tradeCount: 4, high: 111 })
      .status({ ...coverage, fromId: 1, toId: 5, toUs: NEW_YEAR_US + HOUR_US })
      .status({ ...gap, kind: StatusKind.repaired, cause: 'sequence', how: 'rest' })
      .status({ kind: StatusKind.repaired, channel: 2, fromUs: NEW_YEAR_US, how: 'stale: again' })
      .status({
        kind: StatusKind.refused,
        channel: 1,
        fromUs: NEW_YEAR_US,
        cause: 'no such stream',
      })
      .status({ kind: StatusKind.tick, channel: 0, recvUs: NEW_YEAR_US + 2 * HOUR_US }),
  ];
}
