-- Base tables: narrow, integer keys, times in microseconds since the Unix epoch. People and tools
-- query the views of 0002; only the writer touches these.

CREATE TABLE IF NOT EXISTS instruments (
  id            INTEGER PRIMARY KEY,
  venue         TEXT NOT NULL,
  symbol        TEXT NOT NULL,
  market_type   TEXT NOT NULL,
  feed          TEXT NOT NULL,
  venue_symbol  TEXT NOT NULL,
  base          TEXT NOT NULL,
  quote         TEXT NOT NULL,
  tape          TEXT,
  tick_size     REAL,
  lot_size      REAL,
  contract_size REAL NOT NULL DEFAULT 1,
  status        TEXT NOT NULL DEFAULT '',
  UNIQUE (venue, symbol, market_type)
) STRICT;

CREATE TABLE IF NOT EXISTS sessions (
  session_id TEXT PRIMARY KEY,
  started_us INTEGER NOT NULL,
  ended_us   INTEGER,
  command    TEXT NOT NULL,
  version    TEXT NOT NULL,
  host       TEXT NOT NULL,
  config     TEXT NOT NULL,
  summary    TEXT
) STRICT;

-- Clustered by time, unique by id. Measured per row with 8 instruments on a 2-core Xeon, 1 M rows:
-- clustered by id without a time index 643,000 rows/s (55 B), clustered by id with a time index
-- 462,000 (81 B), clustered by time with an id index 467,000 (81 B), rowid with both indexes 416,000
-- (95 B). Range reads by time are 2.5 times faster when clustered by time, and the id index alone
-- answers what ids are held. tape: 0 trade, 1 aggTrade. trade_id: integer or text, as the venue's.
-- native_size is NULL where it equals size.
CREATE TABLE IF NOT EXISTS trade (
  instrument  INTEGER NOT NULL,
  ts_us       INTEGER NOT NULL,
  tape        INTEGER NOT NULL,
  trade_id    ANY NOT NULL,
  recv_us     INTEGER NOT NULL,
  price       REAL NOT NULL,
  size        REAL NOT NULL,
  native_size REAL,
  flags       INTEGER NOT NULL,
  PRIMARY KEY (instrument, ts_us, tape, trade_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS trade_by_id ON trade (instrument, tape, trade_id);

-- sequence: -1 where the venue sends none (a key column takes no NULL).
CREATE TABLE IF NOT EXISTS quote (
  instrument INTEGER NOT NULL,
  recv_us    INTEGER NOT NULL,
  sequence   INTEGER NOT NULL,
  ts_us      INTEGER NOT NULL,
  bid_price  REAL,
  bid_size   REAL,
  ask_price  REAL,
  ask_size   REAL,
  flags      INTEGER NOT NULL,
  PRIMARY KEY (instrument, recv_us, sequence)
) STRICT, WITHOUT ROWID;

-- Rows of a kilobyte and more stay out of the key's tree: rowid tables with an index.
CREATE TABLE IF NOT EXISTS book_snapshot (
  instrument INTEGER NOT NULL,
  recv_us    INTEGER NOT NULL,
  sequence   INTEGER,
  ts_us      INTEGER NOT NULL,
  bids       TEXT NOT NULL,
  asks       TEXT NOT NULL,
  flags      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS book_snapshot_key
  ON book_snapshot (instrument, recv_us, ifnull(sequence, -1));

-- Where a venue numbers nothing, the receive time stands in for the sequence.
CREATE TABLE IF NOT EXISTS book_delta (
  instrument     INTEGER NOT NULL,
  first_sequence INTEGER,
  sequence       INTEGER,
  ts_us          INTEGER NOT NULL,
  recv_us        INTEGER NOT NULL,
  bids           TEXT NOT NULL,
  asks           TEXT NOT NULL,
  flags          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS book_delta_key ON book_delta (
  instrument, ifnull(first_sequence, -1), ifnull(sequence, -1), iif(sequence IS NULL, recv_us, 0)
);

-- state: 0 complete, 1 partial, 2 repaired. rebuilt: 1 when made from stored trades, which outranks
-- any record with as many trades.
CREATE TABLE IF NOT EXISTS candle (
  instrument     INTEGER NOT NULL,
  timeframe      TEXT NOT NULL,
  open_us        INTEGER NOT NULL,
  recv_us        INTEGER NOT NULL,
  open           REAL NOT NULL,
  high           REAL NOT NULL,
  low            REAL NOT NULL,
  close          REAL NOT NULL,
  volume         REAL NOT NULL,
  quote_volume   REAL NOT NULL,
  buy_volume     REAL NOT NULL,
  trade_count    INTEGER NOT NULL,
  first_trade_id INTEGER,
  last_trade_id  INTEGER,
  state          INTEGER NOT NULL,
  closed         INTEGER NOT NULL,
  rebuilt        INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  PRIMARY KEY (instrument, timeframe, open_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS derivative (
  instrument      INTEGER NOT NULL,
  ts_us           INTEGER NOT NULL,
  recv_us         INTEGER NOT NULL,
  mark_price      REAL,
  index_price     REAL,
  funding_rate    REAL,
  next_funding_us INTEGER,
  open_interest   REAL,
  PRIMARY KEY (instrument, ts_us, recv_us)
) STRICT, WITHOUT ROWID;

-- Venues give liquidations no id; the same one seen on two sockets differs in recv_us only.
CREATE TABLE IF NOT EXISTS liquidation (
  instrument  INTEGER NOT NULL,
  ts_us       INTEGER NOT NULL,
  is_sell     INTEGER NOT NULL,
  price       REAL NOT NULL,
  size        REAL NOT NULL,
  native_size REAL,
  recv_us     INTEGER NOT NULL,
  PRIMARY KEY (instrument, ts_us, is_sell, price, size)
) STRICT, WITHOUT ROWID;

-- The ledger under the view data_quality. channel: as in records (0 trades … 4 liquidations).
-- instrument is NULL only where a record named none we know.
CREATE TABLE IF NOT EXISTS gap (
  id          INTEGER PRIMARY KEY,
  instrument  INTEGER REFERENCES instruments (id),
  kind        TEXT NOT NULL,
  channel     INTEGER NOT NULL,
  from_id     INTEGER,
  to_id       INTEGER,
  from_us     INTEGER NOT NULL,
  to_us       INTEGER,
  missing     INTEGER NOT NULL,
  cause       TEXT NOT NULL,
  detected_us INTEGER NOT NULL,
  repaired    INTEGER NOT NULL DEFAULT 0,
  repaired_us INTEGER,
  how         TEXT
) STRICT;
-- Quarantined rows of one instant are told apart by their content.
CREATE UNIQUE INDEX IF NOT EXISTS gap_key ON gap (
  ifnull(instrument, 0), kind, channel, ifnull(from_id, -1), from_us,
  iif(kind = 'quarantine', how, '')
);
CREATE INDEX IF NOT EXISTS gap_open ON gap (instrument, kind, channel) WHERE repaired = 0;

CREATE TABLE IF NOT EXISTS trade_coverage (
  id         INTEGER PRIMARY KEY,
  instrument INTEGER NOT NULL REFERENCES instruments (id),
  tape       INTEGER NOT NULL,
  from_id    INTEGER,
  to_id      INTEGER,
  from_us    INTEGER NOT NULL,
  to_us      INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS trade_coverage_key
  ON trade_coverage (instrument, tape, from_id, from_us);
