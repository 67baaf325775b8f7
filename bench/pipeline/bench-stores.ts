/** The stores that a pipeline run writes into, each new, and what they hold at the end. */
import { join } from 'node:path';
import { openForReading } from '../../src/store/sqlite/database.ts';
import { PostgresServer } from '../../test/support/postgres-server.ts';
import { startBackedPeer } from '../store/backed-peer.ts';

export interface StoredFacts {
  readonly trades: number;
  /** Ids between the least and the greatest of each instrument that are not there. */
  readonly missing: number;
  readonly candleTrades: number;
  readonly openGaps: number;
}

export interface BenchStore {
  readonly url: string;
  facts(): Promise<StoredFacts>;
  /** Ends the server, if there is one. */
  end(): Promise<void>;
}

export type OpenBenchStore = (folder: string) => Promise<BenchStore>;

/** One row; the tables have the same names in every store. */
export const FACTS_SQL = `SELECT (SELECT count(*) FROM trade) AS trades,
    (SELECT sum(span) FROM (SELECT max(trade_id) - min(trade_id) + 1 - count(*) AS span
      FROM trade GROUP BY instrument) spans) AS missing,
    (SELECT sum(trade_count) FROM candle WHERE timeframe = '1s') AS candle_trades,
    (SELECT count(*) FROM gap WHERE repaired = 0) AS open_gaps`;

export function factsOf(row: Readonly<Record<string, unknown>> | null | undefined): StoredFacts {
  if (row === null || row === undefined) throw new Error('no facts of the store');
  return {
    trades: Number(row.trades),
    missing: Number(row.missing ?? 0),
    candleTrades: Number(row.candle_trades ?? 0),
    openGaps: Number(row.open_gaps),
  };
}

export const openSqlite: OpenBenchStore = async (folder) => {
  const path = join(folder, 'bench.db');
  return {
    url: `sqlite:${path}`,
    async facts() {
      const db = openForReading(path);
      const facts = factsOf(db.query<Record<string, number>, []>(FACTS_SQL).get());
      db.close();
      return facts;
    },
    end: async () => undefined,
  };
};

/** A new server with its defaults (fsync on), on the same cores. */
export const openPostgres: OpenBenchStore = async () => {
  const server = await PostgresServer.start();
  const database = await server.createDatabase();
  return {
    url: server.url(database),
    facts: async () => factsOf((await server.query(database, FACTS_SQL))[0]),
    end: () => server.dispose(),
  };
};

/** The SQL Server store's whole path over the wire, to the TDS peer with SQLite behind it. */
export const openMssqlPeer: OpenBenchStore = async () => {
  const peer = await startBackedPeer();
  return {
    url: peer.url,
    facts: async () => factsOf(await peer.ask(FACTS_SQL)),
    end: () => peer.end(),
  };
};
