-- Base tables: narrow, integer keys. People and tools query the views of 0002; only the writer
-- touches these. Venue times are timestamptz `ts` (whole microseconds), receive times and the times
-- of the ledger are microseconds since the Unix epoch.
--
-- The four big tables are partitioned by month; the writer makes a month's partition when its first
-- row comes, and what lies before 2009 or beyond next month goes to `<table>_other`. With
-- TimescaleDB installed they are plain tables here, and the writer makes hypertables of them.

CREATE TABLE IF NOT EXISTS instruments (
  id            INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  venue         TEXT COLLATE "C" NOT NULL,
  symbol        TEXT COLLATE "C" NOT NULL,
  market_type   TEXT COLLATE "C" NOT NULL,
  feed          TEXT NOT NULL,
  venue_symbol  TEXT NOT NULL,
  base          TEXT NOT NULL,
  quote         TEXT NOT NULL,
  tape          TEXT,
  tick_size     DOUBLE PRECISION,
  lot_size      DOUBLE PRECISION,
  contract_size DOUBLE PRECISION NOT NULL DEFAULT 1,
  status        TEXT NOT NULL DEFAULT '',
  UNIQUE (venue, symbol, market_type)
);

CREATE TABLE IF NOT EXISTS sessions (
  session_id TEXT PRIMARY KEY,
  started_us BIGINT NOT NULL,
  ended_us   BIGINT,
  command    TEXT NOT NULL,
  version    TEXT NOT NULL,
  host       TEXT NOT NULL,
  config     TEXT NOT NULL,
  summary    TEXT
);

DO $$
DECLARE
  with_timescale BOOLEAN := EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb');
  by_ts TEXT := CASE WHEN with_timescale THEN '' ELSE 'PARTITION BY RANGE (ts)' END;
  by_recv TEXT := CASE WHEN with_timescale THEN '' ELSE 'PARTITION BY RANGE (recv_us)' END;
BEGIN
  -- tape: 0 trade, 1 aggTrade. text_id: the id where it is no integer; then trade_id is 2^53, above
  -- every number, so that texts sort behind. native_size is NULL where it equals size. Unique by id
  -- in each partition (made with it); across partitions the writer looks, as it is alone.
  EXECUTE 'CREATE TABLE IF NOT EXISTS trade (
    ts          TIMESTAMPTZ NOT NULL,
    recv_us     BIGINT NOT NULL,
    trade_id    BIGINT NOT NULL,
    price       DOUBLE PRECISION NOT NULL,
    size        DOUBLE PRECISION NOT NULL,
    native_size DOUBLE PRECISION,
    instrument  INTEGER NOT NULL,
    flags       INTEGER NOT NULL,
    tape        SMALLINT NOT NULL,
    text_id     TEXT COLLATE "C"
  ) ' || by_ts;

  -- sequence: -1 where the venue sends none.
  EXECUTE 'CREATE TABLE IF NOT EXISTS quote (
    ts         TIMESTAMPTZ NOT NULL,
    recv_us    BIGINT NOT NULL,
    sequence   BIGINT NOT NULL,
    bid_price  DOUBLE PRECISION,
    bid_size   DOUBLE PRECISION,
    ask_price  DOUBLE PRECISION,
    ask_size   DOUBLE PRECISION,
    instrument INTEGER NOT NULL,
    flags      INTEGER NOT NULL
  ) ' || by_recv;

  EXECUTE 'CREATE TABLE IF NOT EXISTS book_snapshot (
    ts         TIMESTAMPTZ NOT NULL,
    recv_us    BIGINT NOT NULL,
    sequence   BIGINT NOT NULL,
    instrument INTEGER NOT NULL,
    flags      INTEGER NOT NULL,
    bids       TEXT NOT NULL,
    asks       TEXT NOT NULL
  ) ' || by_recv;

  -- unnumbered_us: the receive time where the venue numbers nothing, else 0. Unique by sequence in
  -- each partition (made with it).
  EXECUTE 'CREATE TABLE IF NOT EXISTS book_delta (
    ts             TIMESTAMPTZ NOT NULL,
    recv_us        BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    sequence       BIGINT NOT NULL,
    unnumbered_us  BIGINT NOT NULL,
    instrument     INTEGER NOT NULL,
    flags          INTEGER NOT NULL,
    bids           TEXT NOT NULL,
    asks           TEXT NOT NULL
  ) ' || by_recv;
END $$;

-- Each B-tree costs a third of what a trade costs. Those of trades: one finds ids (made with each
-- partition), one an instrument's time. Time alone is found by BRIN, which costs next to nothing.
CREATE INDEX IF NOT EXISTS trade_time ON trade (instrument, ts);
CREATE INDEX IF NOT EXISTS trade_ts ON trade
  USING brin (ts) WITH (pages_per_range = 128, autosummarize = on);
CREATE UNIQUE INDEX IF NOT EXISTS quote_key ON quote (instrument, recv_us, sequence);
CREATE INDEX IF NOT EXISTS quote_ts ON quote
  USING brin (ts) WITH (pages_per_range = 128, autosummarize = on);
CREATE UNIQUE INDEX IF NOT EXISTS book_snapshot_key
  ON book_snapshot (instrument, recv_us, sequence);
CREATE INDEX IF NOT EXISTS book_snapshot_ts ON book_snapshot
  USING brin (ts) WITH (pages_per_range = 128, autosummarize = on);
CREATE INDEX IF NOT EXISTS book_delta_ts ON book_delta
  USING brin (ts, recv_us) WITH (pages_per_range = 128, autosummarize = on);

-- state: 0 complete, 1 partial, 2 repaired. rebuilt: 1 when made from stored trades, which outranks
-- any record with as many trades. ts: open time of the bucket.
CREATE TABLE IF NOT EXISTS candle (
  instrument     INTEGER NOT NULL,
  timeframe      TEXT COLLATE "C" NOT NULL,
  ts             TIMESTAMPTZ NOT NULL,
  recv_us        BIGINT NOT NULL,
  open           DOUBLE PRECISION NOT NULL,
  high           DOUBLE PRECISION NOT NULL,
  low            DOUBLE PRECISION NOT NULL,
  close          DOUBLE PRECISION NOT NULL,
  volume         DOUBLE PRECISION NOT NULL,
  quote_volume   DOUBLE PRECISION NOT NULL,
  buy_volume     DOUBLE PRECISION NOT NULL,
  trade_count    BIGINT NOT NULL,
  first_trade_id BIGINT,
  last_trade_id  BIGINT,
  state          SMALLINT NOT NULL,
  closed         SMALLINT NOT NULL,
  rebuilt        SMALLINT NOT NULL,
  revision       INTEGER NOT NULL,
  PRIMARY KEY (instrument, timeframe, ts)
);

CREATE TABLE IF NOT EXISTS derivative (
  instrument      INTEGER NOT NULL,
  ts              TIMESTAMPTZ NOT NULL,
  recv_us         BIGINT NOT NULL,
  mark_price      DOUBLE PRECISION,
  index_price     DOUBLE PRECISION,
  funding_rate    DOUBLE PRECISION,
  next_funding_us BIGINT,
  open_interest   DOUBLE PRECISION,
  PRIMARY KEY (instrument, ts, recv_us)
);

-- Venues give liquidations no id; the same one seen on two sockets differs in recv_us only.
CREATE TABLE IF NOT EXISTS liquidation (
  instrument  INTEGER NOT NULL,
  ts          TIMESTAMPTZ NOT NULL,
  is_sell     SMALLINT NOT NULL,
  price       DOUBLE PRECISION NOT NULL,
  size        DOUBLE PRECISION NOT NULL,
  native_size DOUBLE PRECISION,
  recv_us     BIGINT NOT NULL,
  PRIMARY KEY (instrument, ts, is_sell, price, size)
);

-- The ledger under the view data_quality. channel: as in records (0 trades … 4 liquidations).
-- instrument is NULL only where a record named none we know. content_hash tells quarantined rows of
-- one instant apart.
CREATE TABLE IF NOT EXISTS gap (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instrument   INTEGER REFERENCES instruments (id),
  kind         TEXT NOT NULL,
  channel      SMALLINT NOT NULL,
  from_id      BIGINT,
  to_id        BIGINT,
  from_us      BIGINT NOT NULL,
  to_us        BIGINT,
  missing      BIGINT NOT NULL,
  cause        TEXT NOT NULL,
  detected_us  BIGINT NOT NULL,
  repaired     SMALLINT NOT NULL DEFAULT 0,
  repaired_us  BIGINT,
  how          TEXT,
  content_hash TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS gap_key ON gap (
  coalesce(instrument, 0), kind, channel, coalesce(from_id, -1), from_us, content_hash
);
CREATE INDEX IF NOT EXISTS gap_open ON gap (instrument, kind, channel) WHERE repaired = 0;

CREATE TABLE IF NOT EXISTS trade_coverage (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instrument INTEGER NOT NULL REFERENCES instruments (id),
  tape       SMALLINT NOT NULL,
  from_id    BIGINT,
  to_id      BIGINT,
  from_us    BIGINT NOT NULL,
  to_us      BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS trade_coverage_key ON trade_coverage (instrument, tape, to_id);
CREATE INDEX IF NOT EXISTS trade_coverage_time
  ON trade_coverage (instrument, tape, to_us) WHERE from_id IS NULL;
