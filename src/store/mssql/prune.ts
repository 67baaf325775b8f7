/** Deletes old rows in small steps, oldest first, and remembers up to where. */
import type { PruneTarget, RetainedTable } from '../contract.ts';
import type { RetentionHorizon } from '../stored-rows.ts';
import type { Connection } from './database.ts';
import { BULK_ROWS } from './row-tables.ts';
import { matchSql } from './staging.ts';
import { storedTimeframes } from './stored-tables.ts';
import type { SqlNumber } from './values.ts';

interface PrunedTable {
  readonly base: string;
  /** Column that follows the instrument in a key. */
  readonly time: string;
  readonly key: readonly string[];
}

/** trade is kept by ts, the same time as DATETIME2. */
const TABLES: Readonly<Partial<Record<RetainedTable, PrunedTable>>> = {
  trades: { base: 'trade', time: 'ts', key: ['instrument', 'ts', ...BULK_ROWS.trade.key.slice(1)] },
  quotes: { base: 'quote', time: 'recv_us', key: BULK_ROWS.quote.key },
  orderbook_snapshots: {
    base: 'book_snapshot',
    time: 'recv_us',
    key: BULK_ROWS.book_snapshot.key,
  },
  orderbook_deltas: { base: 'book_delta', time: 'recv_us', key: BULK_ROWS.book_delta.key },
  derivatives: { base: 'derivative', time: 'ts_us', key: ['instrument', 'ts_us', 'recv_us'] },
  liquidations: { base: 'liquidation', time: 'ts_us', key: BULK_ROWS.liquidation.key },
};
const CANDLES: PrunedTable = {
  base: 'candle',
  time: 'open_us',
  key: ['instrument', 'timeframe', 'open_us'],
};
/** @before_us as what the time column is compared with. */
const BEFORE_TS = `DATEADD(MICROSECOND, CAST(@before_us % 1000000 AS INT),
  DATEADD(SECOND, CAST(@before_us / 1000000 % 86400 AS INT),
  DATEADD(DAY, CAST(@before_us / 86400000000 AS INT), CAST('1970-01-01' AS DATETIME2(6)))))`;
/** An open gap stays, however old: it is what the store lacks. */
const LEDGER_SQL = `DELETE FROM dbo.gap WHERE id IN (
  SELECT TOP (@count) id FROM dbo.gap
  WHERE detected_us < @before_us AND (repaired = 1 OR kind <> N'trade_gap') ORDER BY id)`;
const REMEMBER_SQL = `UPDATE dbo.retention SET pruned_before_us = CASE
    WHEN pruned_before_us < @before_us THEN @before_us ELSE pruned_before_us END
  WHERE table_name = @table_name AND timeframe = @timeframe;
  INSERT INTO dbo.retention (table_name, timeframe, pruned_before_us)
  SELECT @table_name, @timeframe, @before_us WHERE NOT EXISTS (
    SELECT 1 FROM dbo.retention WHERE table_name = @table_name AND timeframe = @timeframe);`;
const HORIZONS_SQL = 'SELECT table_name, timeframe, pruned_before_us FROM dbo.retention';

/** Inside the transaction its caller opened. Returns how many rows were deleted. */
export async function pruneRows(
  connection: Connection,
  { table, timeframe = '' }: PruneTarget,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  const count = await deleteRows(connection, table, timeframe, beforeUs, rowsMax);
  if (count > 0) {
    await connection.change(REMEMBER_SQL, { table_name: table, timeframe, before_us: beforeUs });
  }
  return count;
}

export async function readHorizons(connection: Connection): Promise<RetentionHorizon[]> {
  type Row = { table_name: RetainedTable; timeframe: string; pruned_before_us: SqlNumber };
  const rows = await connection.rows<Row>(HORIZONS_SQL, {});
  return rows.map(({ table_name: table, timeframe, pruned_before_us: us }) => {
    return { table, timeframe, us: Number(us) };
  });
}

async function deleteRows(
  connection: Connection,
  table: RetainedTable,
  timeframe: string,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  if (table === 'data_quality') {
    return connection.change(LEDGER_SQL, { count: rowsMax, before_us: beforeUs });
  }
  let count = 0;
  const ids = await connection.rows<{ id: number }>('SELECT id FROM dbo.instruments ORDER BY id');
  for (const { id } of ids) {
    const left = rowsMax - count;
    if (left <= 0) break;
    const deleted =
      table === 'candles'
        ? await deleteCandles(connection, id, timeframe, beforeUs, left)
        : await deleteOldest(connection, TABLES[table], id, '', beforeUs, left);
    if (deleted > 0 && table === 'trades') await cutCoverage(connection, id);
    count += deleted;
  }
  return count;
}

async function deleteCandles(
  connection: Connection,
  instrument: number,
  timeframe: string,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  const names = timeframe === '' ? await storedTimeframes(connection, instrument) : [timeframe];
  let count = 0;
  for (const name of names) {
    if (count >= rowsMax) break;
    count += await deleteOldest(connection, CANDLES, instrument, name, beforeUs, rowsMax - count);
  }
  return count;
}

async function deleteOldest(
  connection: Connection,
  table: PrunedTable | undefined,
  instrument: number,
  timeframe: string,
  beforeUs: number,
  count: number,
): Promise<number> {
  if (table === undefined) return 0;
  const { base, time, key } = table;
  const names = key.map((name) => `[${name}]`).join(', ');
  const ofTimeframe = timeframe === '' ? '' : 'AND timeframe = @timeframe';
  const sql = `DELETE t FROM dbo.${base} t JOIN (
      SELECT TOP (@count) ${names} FROM dbo.${base} WHERE instrument = @instrument ${ofTimeframe}
        AND ${time} < ${time === 'ts' ? BEFORE_TS : '@before_us'} ORDER BY ${names}
    ) s ON ${matchSql(key)}`;
  const values = { instrument, before_us: beforeUs, count };
  return connection.change(sql, timeframe === '' ? values : { ...values, timeframe });
}

const OLDEST_SQL = `SELECT TOP (1) ts_us, trade_id, trade_text FROM dbo.trade
  WHERE instrument = @instrument AND tape = @tape ORDER BY ts, trade_id, trade_text`;
const OF_TAPE = 'instrument = @instrument AND tape = @tape';
const CUT_SQL = `UPDATE dbo.trade_coverage SET from_us = @from_us,
    from_id = CASE WHEN from_id < @from_id THEN @from_id ELSE from_id END
  WHERE ${OF_TAPE} AND from_us < @from_us`;

/** What is proven to be held starts at the oldest trade that is left. */
async function cutCoverage(connection: Connection, instrument: number): Promise<void> {
  for (const tape of [0, 1]) {
    type Row = { ts_us: SqlNumber; trade_id: SqlNumber; trade_text: string };
    const [oldest] = await connection.rows<Row>(OLDEST_SQL, { instrument, tape });
    const gone = `DELETE FROM dbo.trade_coverage WHERE ${OF_TAPE}`;
    if (oldest === undefined) {
      await connection.change(gone, { instrument, tape });
      continue;
    }
    const fromUs = Number(oldest.ts_us);
    await connection.change(`${gone} AND to_us < @from_us`, { instrument, tape, from_us: fromUs });
    // Ids that are no numbers cut nothing.
    const fromId = oldest.trade_text === '' ? Number(oldest.trade_id) : -1;
    const values = { instrument, tape, from_us: fromUs, from_id: fromId };
    await connection.change(CUT_SQL, values);
  }
}
