-- What people and tools query. Filter trades by ts or by venue, symbol, market_type: those use the
-- key of the base table. The others are kept by receive time (quotes, books: recv_us) or ts_us;
-- there ts, DATETIME2(6) UTC, is made for reading.
--
-- EXEC, as CREATE VIEW wants a batch of its own and IF wants none.

IF OBJECT_ID(N'dbo.trades', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.trades AS
SELECT
  i.venue, i.symbol, i.market_type,
  CASE WHEN t.trade_text = N'''' THEN CAST(t.trade_id AS NVARCHAR(200)) ELSE t.trade_text END
    AS trade_id,
  t.ts, t.ts_us, t.recv_us, t.price, t.size,
  CASE WHEN t.flags & 1 = 1 THEN ''sell'' ELSE ''buy'' END AS side,
  t.flags & 1 AS is_buyer_maker
FROM dbo.trade t JOIN dbo.instruments i ON i.id = t.instrument');
GO

IF OBJECT_ID(N'dbo.quotes', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.quotes AS
SELECT
  i.venue, i.symbol, i.market_type,
  DATEADD(MICROSECOND, CAST(q.ts_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(q.ts_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(q.ts_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  q.ts_us, q.recv_us, q.bid_price, q.bid_size, q.ask_price, q.ask_size
FROM dbo.quote q JOIN dbo.instruments i ON i.id = q.instrument');
GO

IF OBJECT_ID(N'dbo.orderbook_snapshots', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.orderbook_snapshots AS
SELECT
  i.venue, i.symbol, i.market_type,
  DATEADD(MICROSECOND, CAST(b.ts_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(b.ts_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(b.ts_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  b.ts_us, b.recv_us, NULLIF(b.sequence, -1) AS sequence, b.bids, b.asks
FROM dbo.book_snapshot b JOIN dbo.instruments i ON i.id = b.instrument');
GO

IF OBJECT_ID(N'dbo.orderbook_deltas', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.orderbook_deltas AS
SELECT
  i.venue, i.symbol, i.market_type,
  DATEADD(MICROSECOND, CAST(b.ts_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(b.ts_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(b.ts_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  b.ts_us, b.recv_us, NULLIF(b.first_sequence, -1) AS first_sequence,
  NULLIF(b.sequence, -1) AS sequence, CASE WHEN b.flags & 32 = 32 THEN 1 ELSE 0 END AS is_reset,
  b.bids, b.asks
FROM dbo.book_delta b JOIN dbo.instruments i ON i.id = b.instrument');
GO

-- A candle whose bucket is still open is not whole yet, so it reads as partial. vwap only where no
-- quotient can overflow: that would be an error, and the whole query lost.
IF OBJECT_ID(N'dbo.candles', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.candles AS
SELECT
  i.venue, i.symbol, i.market_type, c.timeframe,
  DATEADD(MICROSECOND, CAST(c.open_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(c.open_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(c.open_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  c.open_us AS ts_us, c.[open], c.high, c.low, c.[close], c.volume, c.quote_volume, c.trade_count,
  c.buy_volume,
  CASE WHEN c.volume BETWEEN 1E-100 AND 1E100
    AND (c.quote_volume = 0 OR ABS(c.quote_volume) BETWEEN 1E-100 AND 1E100)
    THEN c.quote_volume / c.volume END AS vwap,
  CASE WHEN c.closed = 0 OR c.state = 1 THEN ''partial'' WHEN c.state = 2 THEN ''repaired''
    ELSE ''complete'' END AS state,
  c.revision
FROM dbo.candle c JOIN dbo.instruments i ON i.id = c.instrument');
GO

IF OBJECT_ID(N'dbo.derivatives', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.derivatives AS
SELECT
  i.venue, i.symbol, i.market_type,
  DATEADD(MICROSECOND, CAST(d.ts_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(d.ts_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(d.ts_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  d.ts_us, d.recv_us, d.mark_price, d.index_price, d.funding_rate, d.next_funding_us,
  d.open_interest
FROM dbo.derivative d JOIN dbo.instruments i ON i.id = d.instrument');
GO

IF OBJECT_ID(N'dbo.liquidations', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.liquidations AS
SELECT
  i.venue, i.symbol, i.market_type,
  DATEADD(MICROSECOND, CAST(l.ts_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(l.ts_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(l.ts_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS ts,
  l.ts_us, l.recv_us, l.price, l.size,
  CASE WHEN l.is_sell = 1 THEN ''sell'' ELSE ''buy'' END AS side
FROM dbo.liquidation l JOIN dbo.instruments i ON i.id = l.instrument');
GO

IF OBJECT_ID(N'dbo.data_quality', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.data_quality AS
SELECT
  g.id, ISNULL(i.venue, N'''') AS venue, ISNULL(i.symbol, N'''') AS symbol,
  ISNULL(i.market_type, N'''') AS market_type, g.kind, g.from_id, g.to_id, g.from_us, g.to_us,
  DATEADD(MICROSECOND, CAST(g.from_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(g.from_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(g.from_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS from_ts,
  DATEADD(MICROSECOND, CAST(g.to_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(g.to_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(g.to_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS to_ts,
  g.cause, g.detected_us, g.repaired, g.repaired_us, g.how
FROM dbo.gap g LEFT JOIN dbo.instruments i ON i.id = g.instrument');
GO

IF OBJECT_ID(N'dbo.coverage', N'V') IS NULL
EXEC(N'CREATE VIEW dbo.coverage AS
SELECT
  i.venue, i.symbol, i.market_type,
  CASE WHEN v.tape = 1 THEN ''aggTrade'' ELSE ''trade'' END AS tape,
  v.from_id, v.to_id, v.from_us, v.to_us,
  DATEADD(MICROSECOND, CAST(v.from_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(v.from_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(v.from_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS from_ts,
  DATEADD(MICROSECOND, CAST(v.to_us % 1000000 AS INT),
    DATEADD(SECOND, CAST(v.to_us / 1000000 % 86400 AS INT),
    DATEADD(DAY, CAST(v.to_us / 86400000000 AS INT), CAST(''1970-01-01'' AS DATETIME2(6))))) AS to_ts
FROM dbo.trade_coverage v JOIN dbo.instruments i ON i.id = v.instrument');
GO
