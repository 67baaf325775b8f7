/** Views on request, readers of one market's table, pruning, migrations: over the wire. */
import { describe, expect, test } from 'bun:test';
import { StatusKind } from '../../../../src/model/record-layout.ts';
import type { PruneTarget } from '../../../../src/store/contract.ts';
import { store } from '../../../../src/store/mssql/store.ts';
import {
  BatchBuilder,
  HOUR_US,
  MINUTE_US,
  NEW_YEAR_US,
  SECOND_US,
} from '../../../support/batch-builder.ts';
import { BTC, withBackedStore } from '../../../support/tds-peer/backed-store.ts';

const WHOLE = { limit: 1_000, order: 'asc' } as const;

function minutes(count: number): BatchBuilder {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i += 1) {
    const openUs = NEW_YEAR_US + i * MINUTE_US;
    builder.candle({ openUs, open: 100 + i, high: 200 + i, low: 50 - i, close: 101 + i });
  }
  return builder;
}

describe('a klines view', () => {
  test('feeds readers of one market, coarser timeframes made from it', () =>
    withBackedStore(async ({ writer, reader }) => {
      await writer.write(minutes(10).build());
      const made = writer;
      expect(await made.createKlinesView(BTC, '1m')).toBe('binance_btcusdt_klines');
      // Again, as for another timeframe.
      expect(await made.createKlinesView(BTC, '1m')).toBe('binance_btcusdt_klines');
      const open = await reader('encrypt=false&mode=per_pair');
      const all = await reader();
      for (const timeframe of ['1m', '5m']) {
        const query = { ...BTC, ...WHOLE, timeframe };
        const mine = await open.candles(query);
        const theirs = await all.candles(query);
        expect(mine.length).toBe(timeframe === '1m' ? 10 : 2);
        // Such a table knows no revision, and no state but what time shows.
        expect(mine.map(({ revision: _, state: __, ...row }) => row)).toEqual(
          theirs.map(({ revision: _, state: __, ...row }) => row),
        );
      }
      const late = { ...BTC, ...WHOLE, timeframe: '1m', startUs: NEW_YEAR_US + 8 * MINUTE_US };
      expect((await open.candles(late)).map((row) => row.ts)).toEqual([
        '2026-01-01 00:08:00.000000',
        '2026-01-01 00:09:00.000000',
      ]);
    }));

  test('of a market that is not there is refused, and without a view nothing is made up', () =>
    withBackedStore(async ({ writer, reader }) => {
      const made = writer;
      const nobody = { ...BTC, symbol: 'NO/BODY' };
      await expect(made.createKlinesView(nobody, '1m')).rejects.toMatchObject({
        code: 'instrument',
      });
      await expect(made.createKlinesView(BTC, '7x')).rejects.toMatchObject({ code: 'timeframe' });
      const open = await reader('encrypt=false&mode=per_pair');
      const query = { ...BTC, ...WHOLE, timeframe: '1m' };
      await expect(open.candles(query)).rejects.toMatchObject({ code: 'not_derivable' });
    }));
});

describe('candles added up in the server', () => {
  test('are those that the reader makes, from either end and in every range', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      const builder = minutes(100);
      const quietUs = NEW_YEAR_US + 200 * MINUTE_US;
      for (let i = 0; i < 7; i += 1) {
        builder.candle({ openUs: quietUs + i * MINUTE_US, tradeCount: 0, volume: 0, state: 1 });
      }
      builder.candle({ openUs: quietUs + 9 * MINUTE_US, state: 2, open: 7, close: 8 });
      await writer.write(builder.build());
      const mine = await reader('encrypt=false&resample=server');
      const theirs = await reader();
      peer.events.length = 0;
      for (const timeframe of ['5m', '15m', '37m', '4h', '1d', '1w', '1M', '1m']) {
        for (const order of ['asc', 'desc'] as const) {
          for (const limit of [1, 3, 1_000]) {
            for (const startUs of [0, NEW_YEAR_US + 7 * MINUTE_US]) {
              const query = { ...BTC, timeframe, order, limit, startUs };
              expect(await mine.candles(query)).toEqual(await theirs.candles(query));
            }
          }
        }
      }
      const sums = peer.statements().filter((sql) => sql.startsWith('WITH part'));
      expect(sums.length).toBeGreaterThan(40);
    }));
});

describe('pruning', () => {
  test('takes the oldest first, at most as many as asked, and remembers up to where', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      const builder = new BatchBuilder();
      for (let id = 1; id <= 10; id += 1) {
        const tsUs = NEW_YEAR_US + id * SECOND_US;
        builder.trade({ id, tsUs }).quote([1, 2, 3, 4], tsUs, id).liquidation(100, 1, true, tsUs);
        builder.bookSnapshot([[1, 1]], [], tsUs, id).bookDelta([[1, 1]], [], id, id, tsUs);
        builder.derivative([1, 2, 3, 4, 5], tsUs);
      }
      const coverage = { kind: StatusKind.coverage, channel: 0 } as const;
      const gap = { kind: StatusKind.gap, channel: 0, fromUs: NEW_YEAR_US, cause: 'x' } as const;
      builder
        .status({ ...coverage, fromId: 1, toId: 3, fromUs: NEW_YEAR_US, toUs: NEW_YEAR_US + 3e6 })
        .status({
          ...coverage,
          fromId: 5,
          toId: 10,
          fromUs: NEW_YEAR_US + 5e6,
          toUs: NEW_YEAR_US + 1e7,
        })
        .status({ ...gap, fromId: 4, toId: 4 })
        .status({ kind: StatusKind.refused, channel: 1, fromUs: NEW_YEAR_US, cause: 'no' });
      await writer.write(builder.build());
      await writer.write(minutes(10).build());
      const made = writer;
      const beforeUs = NEW_YEAR_US + 8 * SECOND_US;
      const open = await reader();
      const prune = (target: PruneTarget, rowsMax: number) => made.prune(target, beforeUs, rowsMax);
      expect(await prune({ table: 'trades' }, 4)).toBe(4);
      const left = async () => (await open.trades(WHOLE)).map((row) => row.trade_id);
      expect(await left()).toEqual([5, 6, 7, 8, 9, 10]);
      expect(await prune({ table: 'trades' }, 2)).toBe(2);
      expect(await prune({ table: 'trades' }, 100)).toBe(1);
      expect(await prune({ table: 'trades' }, 100)).toBe(0);
      expect(await left()).toEqual([8, 9, 10]);
      const covered = await open.coverage(WHOLE);
      expect(covered.map((row) => [row.from_id, row.to_id, row.from_us])).toEqual([
        [8, 10, beforeUs],
      ]);
      for (const table of ['quotes', 'orderbook_snapshots', 'orderbook_deltas'] as const) {
        expect([table, await prune({ table }, 100)]).toEqual([table, 7]);
      }
      for (const table of ['derivatives', 'liquidations'] as const) {
        expect([table, await prune({ table }, 100)]).toEqual([table, 7]);
      }
      // An open gap of trades stays, however old.
      expect(await prune({ table: 'data_quality' }, 100)).toBe(1);
      expect((await open.gaps(WHOLE)).map((row) => row.kind)).toEqual(['trade_gap']);
      const cut = NEW_YEAR_US + HOUR_US;
      expect(await made.prune({ table: 'candles', timeframe: '1h' }, cut, 100)).toBe(0);
      expect(await made.prune({ table: 'candles', timeframe: '1m' }, cut, 4)).toBe(4);
      expect(await made.prune({ table: 'candles' }, cut, 100)).toBe(6);
      expect(peer.violations).toEqual([]);
    }));
});

describe('counting', () => {
  test('is not cut off by timeout_ms', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      await writer.write(minutes(3).build());
      const open = await reader('encrypt=false&timeout_ms=1000');
      peer.faults.push({
        when: (event) => 'sql' in event && event.sql.includes('COUNT_BIG(*)'),
        does: { delayMs: 3_000 },
      });
      const facts = await open.tables();
      expect(facts.find(({ table }) => table === 'candles')?.rows).toBe(3);
      expect(peer.faults).toEqual([]);
    }));
});

describe('migrations', () => {
  test('say what is applied, and apply nothing twice', () =>
    withBackedStore(async ({ peer, writer }) => {
      await writer.close();
      const session = await store.openMigrations(peer.url(), 'look');
      const applied = await session.target.applied();
      expect(applied.map(({ version, name }) => [version, name])).toEqual(
        session.migrations.map(({ version, name }) => [version, name]),
      );
      expect(session.target.where).not.toContain('secret');
      await session.close();
    }));
});
