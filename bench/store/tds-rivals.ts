/** What one would write first with the driver: its own bulk load, and a many-row INSERT. */
import {
  BigInt as BigIntType,
  ConnectionPool,
  DateTime2,
  Float,
  Int,
  NVarChar,
  Request,
  SmallInt,
  Table,
  TinyInt,
  Transaction,
} from 'mssql';
import { Common, Quote, Trade } from '../../src/model/record-layout.ts';
import { BatchCursor } from '../../src/store/batch-cursor.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { driverConfig } from '../../src/store/mssql/database.ts';
import { readSettings } from '../../src/store/mssql/settings.ts';

export type SentKind = 'trade' | 'quote';
type Value = string | number | Date | null;

/** A statement takes 2,100 parameters. */
const PARAMETERS_MAX = 2_090;

const TYPES = {
  trade: [
    ['instrument', Int],
    ['ts', () => DateTime2(6)],
    ['ts_us', BigIntType],
    ['tape', TinyInt],
    ['trade_id', BigIntType],
    ['trade_text', () => NVarChar(200)],
    ['recv_us', BigIntType],
    ['price', Float],
    ['size', Float],
    ['native_size', Float],
    ['flags', SmallInt],
  ],
  quote: [
    ['instrument', Int],
    ['recv_us', BigIntType],
    ['sequence', BigIntType],
    ['ts_us', BigIntType],
    ['bid_price', Float],
    ['bid_size', Float],
    ['ask_price', Float],
    ['ask_size', Float],
    ['flags', SmallInt],
  ],
} as const;

export async function openPool(url: string): Promise<ConnectionPool> {
  return new ConnectionPool({
    ...driverConfig(readSettings(url), 'bench'),
    pool: { max: 1 },
  }).connect();
}

/** The driver's types, one value at a time. */
export async function plainBulk(
  pool: ConnectionPool,
  kind: SentKind,
  batches: readonly RecordBatch[],
): Promise<void> {
  for (const batch of batches) {
    const table = new Table(`#${kind}_in`);
    for (const [name, type] of TYPES[kind]) {
      table.columns.add(name, type as never, { nullable: true });
    }
    for (const row of rowsOf(kind, batch)) table.rows.push(row as never);
    const transaction = new Transaction(pool);
    await transaction.begin();
    await new Request(transaction).bulk(table);
    await transaction.commit();
  }
}

export async function manyRowInsert(
  pool: ConnectionPool,
  kind: SentKind,
  batches: readonly RecordBatch[],
): Promise<void> {
  const columns = TYPES[kind];
  const names = columns.map(([name]) => name).join(', ');
  const rowsMax = Math.floor(PARAMETERS_MAX / columns.length);
  for (const batch of batches) {
    const transaction = new Transaction(pool);
    await transaction.begin();
    const rows = rowsOf(kind, batch);
    for (let from = 0; from < rows.length; from += rowsMax) {
      const request = new Request(transaction);
      const marks = rows.slice(from, from + rowsMax).map((row, i) => {
        const list = row.map((value, k) => {
          request.input(`p${i}_${k}`, columns[k]?.[1] as never, value);
          return `@p${i}_${k}`;
        });
        return `(${list.join(', ')})`;
      });
      await request.query(`INSERT INTO ${kind} (${names}) VALUES ${marks.join(', ')}`);
    }
    await transaction.commit();
  }
}

function rowsOf(kind: SentKind, batch: RecordBatch): Value[][] {
  const rows: Value[][] = [];
  const cursor = new BatchCursor(batch);
  while (cursor.next()) {
    rows.push(kind === 'trade' ? tradeRow(batch, cursor.at) : quoteRow(batch, cursor.at));
  }
  return rows;
}

function tradeRow({ bytes }: RecordBatch, at: number): Value[] {
  const f64 = (field: number) => bytes.f64[(at + field) >> 3] as number;
  const tsUs = f64(Common.tsUs);
  const ts = Object.assign(new Date(Math.floor(tsUs / 1_000)), {
    nanosecondDelta: (tsUs % 1_000) / 1e6,
  });
  const ids = [0, f64(Trade.tradeId), ''];
  const [price, size] = [f64(Trade.price), f64(Trade.size)];
  const flags = bytes.u16[(at + Common.flags) >> 1] as number;
  return [1, ts, tsUs, ...ids, f64(Common.recvUs), price, size, null, flags];
}

function quoteRow({ bytes }: RecordBatch, at: number): Value[] {
  const f64 = (field: number) => bytes.f64[(at + field) >> 3] as number;
  const sides = [Quote.bidPrice, Quote.bidSize, Quote.askPrice, Quote.askSize].map(f64);
  const sequence = f64(Quote.sequence);
  const flags = bytes.u16[(at + Common.flags) >> 1] as number;
  const times = [f64(Common.recvUs), Number.isNaN(sequence) ? -1 : sequence, f64(Common.tsUs)];
  return [1, ...times, ...sides, flags];
}
