/** Every class of value comes back from every store as it went in, bit for bit. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatUs } from '../../src/base/clock.ts';
import { BatchBuilder, NEW_YEAR_US, testInstrument } from '../support/batch-builder.ts';
import { BTC, describeStores, ETH } from '../support/store-suite.ts';

const LATEST_US = Number.MAX_SAFE_INTEGER;
const WHOLE = { limit: 10_000, order: 'asc' } as const;
const RUNS = { numRuns: 25 } as const;
const SYMBOLS = ['币安人生/USDT', 'É/Ü', '1000SATS/USDT', "O'BRIEN/USD", '"A"/B', 'A%B_C/D\\E'];

/** Microseconds at both ends, and around the edges of milliseconds, seconds and months. */
const timeUs = fc.oneof(
  fc.integer({ min: 0, max: LATEST_US }),
  fc.constantFrom(0, 1, 999, 1_000, 999_999, 1_000_000, LATEST_US - 1, LATEST_US),
  fc.integer({ min: -2, max: 2 }).map((step) => NEW_YEAR_US + step),
);
/** Decimals of 15 significant digits, and what a double can hold at all. */
const decimal = fc
  .tuple(fc.integer({ min: 1, max: 999_999_999_999_999 }), fc.integer({ min: -27, max: 0 }))
  .map(([digits, exponent]) => Number(`${digits}e${exponent}`));
const extreme = fc.constantFrom(
  1e-12,
  1e15,
  0.1,
  18.4,
  67123.12,
  999_999_999_999_999,
  0.123456789012345,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** 53 + 2,
);
const value = fc.oneof(decimal, extreme, fc.double({ min: 5e-324, noNaN: true }));
const finite = value.filter((number) => number < Number.POSITIVE_INFINITY);
const price = fc.oneof(
  finite,
  finite.map((number) => -number),
  fc.constant(0),
);
/** Not said, or a number. */
const optional = fc.oneof(fc.constant(Number.NaN), price);

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

describeStores('values', (suite) => {
  test(
    'of trades come back exactly',
    suite.with(async ({ writer, reader, query }) => {
      const trade = fc.record({
        tsUs: timeUs,
        recvUs: timeUs,
        price,
        size: finite,
        nativeSize: fc.oneof(finite, fc.constant(Number.NaN)),
      });
      const sent = new Map<number, { tsUs: number; recvUs: number; price: number; size: number }>();
      await fc.assert(
        fc.asyncProperty(fc.array(trade, { minLength: 1, maxLength: 20 }), async (list) => {
          const batch = new BatchBuilder();
          for (const item of list) {
            const { tsUs, recvUs, size } = item;
            const id = sent.size + 1;
            sent.set(id, { tsUs, recvUs, price: item.price, size });
            batch.trade({ id, ...item });
          }
          const result = await writer.write(batch.build());
          expect(result).toMatchObject({ trades: list.length, quarantined: 0 });
        }),
        RUNS,
      );
      const rows = await (await reader()).trades({ ...BTC, ...WHOLE });
      expect(rows.length).toBe(sent.size);
      for (const row of rows) {
        const { tsUs, recvUs, ...amounts } = sent.get(Number(row.trade_id))!;
        expect([row.ts_us, row.recv_us, row.ts]).toEqual([tsUs, recvUs, formatUs(tsUs)]);
        expect([row.price, row.size]).toEqual([amounts.price, amounts.size]);
      }
      const view = await query('SELECT trade_id, ts, ts_us, price, size FROM trades');
      for (const row of view) {
        const { tsUs, price: is, size } = sent.get(Number(row.trade_id))!;
        expect([row.ts, Number(row.ts_us)]).toEqual([formatUs(tsUs), tsUs]);
        expect([Number(row.price), Number(row.size)]).toEqual([is, size]);
      }
    }),
  );

  test(
    'of quotes and derivatives come back exactly, and what was not said as NULL',
    suite.with(async ({ writer, reader }) => {
      const four = fc.tuple(optional, optional, optional, optional);
      const tick = fc.tuple(
        optional,
        optional,
        optional,
        fc.oneof(timeUs, fc.constant(Number.NaN)),
      );
      let count = 0;
      const quotes: (number | null)[][] = [];
      const ticks: (number | null)[][] = [];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(four, tick, optional), { minLength: 1 }),
          async (list) => {
            const batch = new BatchBuilder();
            for (const [quote, [mark, index, funding, nextUs], interest] of list) {
              count += 1;
              const us = NEW_YEAR_US + count * 7;
              batch.quote(quote, us, count);
              batch.derivative([mark, index, funding, nextUs, interest], us);
              quotes.push([us, ...quote.map(orNull)]);
              ticks.push([us, ...[mark, index, funding, nextUs, interest].map(orNull)]);
            }
            expect(await writer.write(batch.build())).toMatchObject({ quarantined: 0 });
          },
        ),
        RUNS,
      );
      const open = await reader();
      const quoteRows = await open.quotes({ ...BTC, ...WHOLE });
      expect(
        quoteRows.map((row) => [
          row.ts_us,
          row.bid_price,
          row.bid_size,
          row.ask_price,
          row.ask_size,
        ]),
      ).toEqual(quotes);
      const tickRows = await open.derivatives({ ...BTC, ...WHOLE });
      expect(
        tickRows.map((row) => [
          row.ts_us,
          row.mark_price,
          row.index_price,
          row.funding_rate,
          row.next_funding_us,
          row.open_interest,
        ]),
      ).toEqual(ticks);
    }),
  );

  test(
    'of books come back exactly',
    suite.with(async ({ writer, reader }) => {
      const levels = fc.array(fc.tuple(finite, finite), { maxLength: 5 });
      const books: unknown[][] = [];
      await fc.assert(
        fc.asyncProperty(levels, levels, async (bids, asks) => {
          const us = NEW_YEAR_US + books.length;
          books.push([us, bids, asks]);
          await writer.write(new BatchBuilder().bookSnapshot(bids, asks, us).build());
        }),
        RUNS,
      );
      const rows = await (await reader()).books({ ...BTC, ...WHOLE });
      const read = rows.map((row) => [row.recv_us, JSON.parse(row.bids), JSON.parse(row.asks)]);
      expect(read).toEqual(books);
    }),
  );

  test(
    'of candles come back exactly',
    suite.with(async ({ writer, reader }) => {
      const candles: number[][] = [];
      await fc.assert(
        fc.asyncProperty(price, price, finite, finite, finite, async (open, close, ...sums) => {
          const openUs = NEW_YEAR_US + candles.length * 60_000_000;
          const [volume, quoteVolume, buyVolume] = sums;
          const row = { open, high: open, low: close, close, volume, quoteVolume, buyVolume };
          candles.push([openUs, ...Object.values(row)]);
          await writer.write(new BatchBuilder().candle({ openUs, ...row }).build());
        }),
        RUNS,
      );
      const query = { ...BTC, ...WHOLE, timeframe: '1m' };
      const rows = await (await reader()).candles(query);
      expect(
        rows.map((row) => [
          row.ts_us,
          row.open,
          row.high,
          row.low,
          row.close,
          row.volume,
          row.quote_volume,
          row.buy_volume,
        ]),
      ).toEqual(candles);
    }),
  );

  const odd = SYMBOLS.map((symbol, i) => testInstrument(i + 2, symbol));
  const unnamed = { ...testInstrument(SYMBOLS.length + 2, 'X/Y'), symbol: '', venueSymbol: '' };
  test(
    'of names come back exactly, whatever signs they are made of',
    suite.with(
      async ({ writer, reader }) => {
        const instruments = [...odd, unnamed];
        const batch = new BatchBuilder();
        for (const { index } of instruments) batch.trade({ instrument: index, id: `№ ${index}` });
        expect(await writer.write(batch.build())).toMatchObject({ trades: instruments.length });
        const open = await reader();
        for (const { symbol, index } of instruments) {
          const rows = await open.trades({ venue: 'binance', symbol, ...WHOLE });
          expect(rows.map((row) => [row.symbol, row.trade_id])).toEqual([[symbol, `№ ${index}`]]);
        }
        const known = (await open.instruments()).map(({ symbol }) => symbol).sort();
        expect(known).toEqual([BTC, ETH, ...instruments].map(({ symbol }) => symbol).sort());
      },
      { instruments: [BTC, ETH, ...odd, unnamed] },
    ),
  );
});
