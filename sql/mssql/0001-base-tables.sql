-- Base tables: narrow, integer keys, times in microseconds since the Unix epoch. People and tools
-- query the views of 0002; only the writer touches these. Batches end with GO on a line of its own.
--
-- Written for SQL Server 2016 and later and for Babelfish for PostgreSQL: no MERGE, no
-- IGNORE_DUP_KEY, no filtered or computed columns. Texts that are compared have a binary collation,
-- so that upper and lower case, and accents, are told apart whatever the database's own is.

IF OBJECT_ID(N'dbo.instruments', N'U') IS NULL
CREATE TABLE dbo.instruments (
  id            INT IDENTITY(1, 1) NOT NULL,
  venue         NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
  symbol        NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  market_type   NVARCHAR(16) COLLATE Latin1_General_BIN2 NOT NULL,
  feed          NVARCHAR(64) NOT NULL,
  venue_symbol  NVARCHAR(128) NOT NULL,
  base          NVARCHAR(64) NOT NULL,
  quote         NVARCHAR(64) NOT NULL,
  tape          NVARCHAR(16) NULL,
  tick_size     FLOAT(53) NULL,
  lot_size      FLOAT(53) NULL,
  contract_size FLOAT(53) NOT NULL CONSTRAINT instruments_contract_size DEFAULT 1,
  status        NVARCHAR(64) NOT NULL CONSTRAINT instruments_status DEFAULT N'',
  CONSTRAINT instruments_pk PRIMARY KEY (id),
  CONSTRAINT instruments_key UNIQUE (venue, symbol, market_type)
);
GO

IF OBJECT_ID(N'dbo.sessions', N'U') IS NULL
CREATE TABLE dbo.sessions (
  session_id NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
  started_us BIGINT NOT NULL,
  ended_us   BIGINT NULL,
  command    NVARCHAR(MAX) NOT NULL,
  version    NVARCHAR(64) NOT NULL,
  host       NVARCHAR(256) NOT NULL,
  config     NVARCHAR(MAX) NOT NULL,
  summary    NVARCHAR(MAX) NULL,
  CONSTRAINT sessions_pk PRIMARY KEY (session_id)
);
GO

-- Clustered by time, unique by id. ts is ts_us as DATETIME2(6), kept so that a range of ts is a
-- range of the key: that is what Grafana and people write. tape: 0 trade, 1 aggTrade. An id that is
-- no number is in trade_text, with trade_id 2^53 - 1, behind all numbers; else trade_text is empty.
-- native_size is NULL where it equals size.
IF OBJECT_ID(N'dbo.trade', N'U') IS NULL
CREATE TABLE dbo.trade (
  instrument  INT NOT NULL,
  ts          DATETIME2(6) NOT NULL,
  ts_us       BIGINT NOT NULL,
  tape        TINYINT NOT NULL,
  trade_id    BIGINT NOT NULL,
  trade_text  NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
  recv_us     BIGINT NOT NULL,
  price       FLOAT(53) NOT NULL,
  size        FLOAT(53) NOT NULL,
  native_size FLOAT(53) NULL,
  flags       SMALLINT NOT NULL,
  CONSTRAINT trade_pk PRIMARY KEY CLUSTERED (instrument, ts, tape, trade_id, trade_text)
);
GO
IF INDEXPROPERTY(OBJECT_ID(N'dbo.trade'), N'trade_by_id', N'IndexID') IS NULL
CREATE UNIQUE INDEX trade_by_id ON dbo.trade (instrument, tape, trade_id, trade_text);
GO

-- sequence: -1 where the venue sends none.
IF OBJECT_ID(N'dbo.quote', N'U') IS NULL
CREATE TABLE dbo.quote (
  instrument INT NOT NULL,
  recv_us    BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  ts_us      BIGINT NOT NULL,
  bid_price  FLOAT(53) NULL,
  bid_size   FLOAT(53) NULL,
  ask_price  FLOAT(53) NULL,
  ask_size   FLOAT(53) NULL,
  flags      SMALLINT NOT NULL,
  CONSTRAINT quote_pk PRIMARY KEY CLUSTERED (instrument, recv_us, sequence)
);
GO

-- sequence: -1 where the venue sends none. bids and asks are JSON, ASCII.
IF OBJECT_ID(N'dbo.book_snapshot', N'U') IS NULL
CREATE TABLE dbo.book_snapshot (
  instrument INT NOT NULL,
  recv_us    BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  ts_us      BIGINT NOT NULL,
  bids       VARCHAR(MAX) NOT NULL,
  asks       VARCHAR(MAX) NOT NULL,
  flags      SMALLINT NOT NULL,
  CONSTRAINT book_snapshot_pk PRIMARY KEY CLUSTERED (instrument, recv_us, sequence)
);
GO

-- Where a venue numbers nothing, the receive time stands in for the sequence: moment, else 0.
IF OBJECT_ID(N'dbo.book_delta', N'U') IS NULL
CREATE TABLE dbo.book_delta (
  instrument     INT NOT NULL,
  first_sequence BIGINT NOT NULL,
  sequence       BIGINT NOT NULL,
  moment         BIGINT NOT NULL,
  ts_us          BIGINT NOT NULL,
  recv_us        BIGINT NOT NULL,
  bids           VARCHAR(MAX) NOT NULL,
  asks           VARCHAR(MAX) NOT NULL,
  flags          SMALLINT NOT NULL,
  CONSTRAINT book_delta_pk PRIMARY KEY CLUSTERED (instrument, first_sequence, sequence, moment)
);
GO
IF INDEXPROPERTY(OBJECT_ID(N'dbo.book_delta'), N'book_delta_by_time', N'IndexID') IS NULL
CREATE INDEX book_delta_by_time ON dbo.book_delta (instrument, recv_us);
GO

-- state: 0 complete, 1 partial, 2 repaired. rebuilt: 1 when made from stored trades, which outranks
-- any record with as many trades.
IF OBJECT_ID(N'dbo.candle', N'U') IS NULL
CREATE TABLE dbo.candle (
  instrument     INT NOT NULL,
  timeframe      NVARCHAR(8) COLLATE Latin1_General_BIN2 NOT NULL,
  open_us        BIGINT NOT NULL,
  recv_us        BIGINT NOT NULL,
  [open]         FLOAT(53) NOT NULL,
  high           FLOAT(53) NOT NULL,
  low            FLOAT(53) NOT NULL,
  [close]        FLOAT(53) NOT NULL,
  volume         FLOAT(53) NOT NULL,
  quote_volume   FLOAT(53) NOT NULL,
  buy_volume     FLOAT(53) NOT NULL,
  trade_count    BIGINT NOT NULL,
  first_trade_id BIGINT NULL,
  last_trade_id  BIGINT NULL,
  state          TINYINT NOT NULL,
  closed         TINYINT NOT NULL,
  rebuilt        TINYINT NOT NULL,
  revision       INT NOT NULL,
  CONSTRAINT candle_pk PRIMARY KEY CLUSTERED (instrument, timeframe, open_us)
);
GO

IF OBJECT_ID(N'dbo.derivative', N'U') IS NULL
CREATE TABLE dbo.derivative (
  instrument      INT NOT NULL,
  ts_us           BIGINT NOT NULL,
  recv_us         BIGINT NOT NULL,
  mark_price      FLOAT(53) NULL,
  index_price     FLOAT(53) NULL,
  funding_rate    FLOAT(53) NULL,
  next_funding_us BIGINT NULL,
  open_interest   FLOAT(53) NULL,
  CONSTRAINT derivative_pk PRIMARY KEY CLUSTERED (instrument, ts_us, recv_us)
);
GO

-- Venues give liquidations no id; the same one seen on two sockets differs in recv_us only.
IF OBJECT_ID(N'dbo.liquidation', N'U') IS NULL
CREATE TABLE dbo.liquidation (
  instrument  INT NOT NULL,
  ts_us       BIGINT NOT NULL,
  is_sell     TINYINT NOT NULL,
  price       FLOAT(53) NOT NULL,
  size        FLOAT(53) NOT NULL,
  native_size FLOAT(53) NULL,
  recv_us     BIGINT NOT NULL,
  CONSTRAINT liquidation_pk PRIMARY KEY CLUSTERED (instrument, ts_us, is_sell, price, size)
);
GO

-- The ledger under the view data_quality. channel: as in records (0 trades … 4 liquidations).
-- instrument is 0 only where a record named none we know. from_key is from_id, or -1; content_hash tells
-- quarantined rows of one instant apart and is empty otherwise.
IF OBJECT_ID(N'dbo.gap', N'U') IS NULL
CREATE TABLE dbo.gap (
  id          BIGINT IDENTITY(1, 1) NOT NULL,
  instrument  INT NOT NULL,
  kind        NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  channel     TINYINT NOT NULL,
  from_key    BIGINT NOT NULL,
  content_hash NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  from_id     BIGINT NULL,
  to_id       BIGINT NULL,
  from_us     BIGINT NOT NULL,
  to_us       BIGINT NULL,
  missing     BIGINT NOT NULL,
  cause       NVARCHAR(MAX) NOT NULL,
  detected_us BIGINT NOT NULL,
  repaired    TINYINT NOT NULL CONSTRAINT gap_repaired DEFAULT 0,
  repaired_us BIGINT NULL,
  how         NVARCHAR(MAX) NULL,
  CONSTRAINT gap_pk PRIMARY KEY (id),
  CONSTRAINT gap_key UNIQUE (instrument, kind, channel, from_key, from_us, content_hash)
);
GO
IF INDEXPROPERTY(OBJECT_ID(N'dbo.gap'), N'gap_open', N'IndexID') IS NULL
CREATE INDEX gap_open ON dbo.gap (instrument, kind, channel, repaired);
GO

IF OBJECT_ID(N'dbo.trade_coverage', N'U') IS NULL
CREATE TABLE dbo.trade_coverage (
  id         BIGINT IDENTITY(1, 1) NOT NULL,
  instrument INT NOT NULL,
  tape       TINYINT NOT NULL,
  from_id    BIGINT NULL,
  to_id      BIGINT NULL,
  from_us    BIGINT NOT NULL,
  to_us      BIGINT NOT NULL,
  CONSTRAINT trade_coverage_pk PRIMARY KEY (id)
);
GO
IF INDEXPROPERTY(OBJECT_ID(N'dbo.trade_coverage'), N'trade_coverage_key', N'IndexID') IS NULL
CREATE INDEX trade_coverage_key ON dbo.trade_coverage (instrument, tape, from_id, from_us);
GO

-- Page compression on the tables that grow, where the edition has it: Enterprise and Azure always,
-- every edition from 2016 SP1 (13.0.4001) on. Tables are empty here, so a rebuild costs nothing.
DECLARE @version NVARCHAR(128) = CAST(SERVERPROPERTY(N'ProductVersion') AS NVARCHAR(128));
DECLARE @edition INT = CAST(SERVERPROPERTY(N'EngineEdition') AS INT);
DECLARE @build BIGINT =
  CAST(PARSENAME(@version, 4) AS BIGINT) * 100000 + CAST(PARSENAME(@version, 2) AS BIGINT);
IF SERVERPROPERTY(N'Babelfish') IS NULL AND (@edition IN (3, 5, 8) OR @build >= 1304001)
BEGIN
  DECLARE @compress NVARCHAR(MAX) = N'';
  SELECT @compress = @compress + N'ALTER INDEX ALL ON dbo.' + t.name
    + N' REBUILD WITH (DATA_COMPRESSION = PAGE);'
  FROM sys.tables t
  WHERE t.schema_id = SCHEMA_ID(N'dbo') AND t.name IN (N'trade', N'quote', N'book_snapshot',
    N'book_delta', N'candle', N'derivative', N'liquidation');
  EXEC sp_executesql @compress;
END;
GO
