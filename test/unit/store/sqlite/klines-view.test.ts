import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klinesViewName } from '../../../../src/store/klines-view-name.ts';
import { SqliteWriter } from '../../../../src/store/sqlite/writer.ts';
import { BatchBuilder, MINUTE_US, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

test('names the view after venue and symbol, and the market type unless it is spot', () => {
  expect(klinesViewName(BTC)).toBe('binance_btcusdt_klines');
  expect(klinesViewName({ ...BTC, marketType: 'perp' })).toBe('binance_btcusdt_perp_klines');
  const dated = { venue: 'okx', symbol: 'BTC/USDT-260925', marketType: 'future' } as const;
  expect(klinesViewName(dated)).toBe('okx_btcusdt260925_future_klines');
});

test('shows closed candles of one timeframe as OHLCV readers expect them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickspine-klines-'));
  const path = join(folder, 'a.db');
  const writer = new SqliteWriter(`sqlite:${path}`, {
    timeframes: timeframes('1m', '1M'),
    bookDeltas: false,
  });
  try {
    await writer.open();
    await writer.registerInstruments([BTC]);
    const openUs = NEW_YEAR_US + MINUTE_US;
    await writer.write(
      new BatchBuilder()
        .candle({ openUs })
        .candle({})
        .candle({ openUs: openUs + MINUTE_US, isClosed: false })
        .candle({ timeframe: 1 })
        .build(),
    );
    const read = (name: string) => {
      const db = new Database(path, { readonly: true });
      try {
        return db.query<Record<string, unknown>, []>(`SELECT * FROM ${name}`).all();
      } finally {
        db.close();
      }
    };
    expect(await writer.createKlinesView(BTC, '1m')).toBe('binance_btcusdt_klines');
    const rows = read('binance_btcusdt_klines');
    expect(rows.map((row) => row.open_time)).toEqual([
      '2026-01-01 00:00:00',
      '2026-01-01 00:01:00',
    ]);
    expect(rows[0]).toEqual({
      open_time: '2026-01-01 00:00:00',
      open: 100,
      high: 110,
      low: 90,
      close: 105,
      volume: 10,
      close_time: '2026-01-01 00:00:59.999',
      quote_volume: 1000,
      trade_count: 10,
      taker_buy_volume: 4,
    });
    await writer.createKlinesView(BTC, '1M');
    const months = read('binance_btcusdt_klines');
    expect(months.map((row) => row.close_time)).toEqual(['2026-01-31 23:59:59.999']);
    await expect(writer.createKlinesView(BTC, 'soon')).rejects.toMatchObject({ code: 'timeframe' });
    const nobody = { ...BTC, venue: 'nobody' };
    await expect(writer.createKlinesView(nobody, '1m')).rejects.toThrow('nobody BTC/USDT spot');
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
