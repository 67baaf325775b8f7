-- What people and tools query. Filter by venue, symbol, market_type and ts_us: those use the keys of
-- the base tables; ts is text made for reading, `YYYY-MM-DD HH:MM:SS.ffffff` UTC.

CREATE VIEW IF NOT EXISTS trades AS
SELECT
  i.venue, i.symbol, i.market_type, t.trade_id,
  strftime('%Y-%m-%d %H:%M:%S', t.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', t.ts_us % 1000000) AS ts,
  t.ts_us, t.recv_us, t.price, t.size,
  iif(t.flags & 1, 'sell', 'buy') AS side,
  t.flags & 1 AS is_buyer_maker
FROM trade t JOIN instruments i ON i.id = t.instrument;

CREATE VIEW IF NOT EXISTS quotes AS
SELECT
  i.venue, i.symbol, i.market_type,
  strftime('%Y-%m-%d %H:%M:%S', q.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', q.ts_us % 1000000) AS ts,
  q.ts_us, q.recv_us, q.bid_price, q.bid_size, q.ask_price, q.ask_size
FROM quote q JOIN instruments i ON i.id = q.instrument;

CREATE VIEW IF NOT EXISTS orderbook_snapshots AS
SELECT
  i.venue, i.symbol, i.market_type,
  strftime('%Y-%m-%d %H:%M:%S', b.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', b.ts_us % 1000000) AS ts,
  b.ts_us, b.recv_us, b.sequence, b.bids, b.asks
FROM book_snapshot b JOIN instruments i ON i.id = b.instrument;

CREATE VIEW IF NOT EXISTS orderbook_deltas AS
SELECT
  i.venue, i.symbol, i.market_type,
  strftime('%Y-%m-%d %H:%M:%S', b.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', b.ts_us % 1000000) AS ts,
  b.ts_us, b.recv_us, b.first_sequence, b.sequence, (b.flags & 32) <> 0 AS is_reset, b.bids, b.asks
FROM book_delta b JOIN instruments i ON i.id = b.instrument;

-- A candle whose bucket is still open is not whole yet, so it reads as partial.
CREATE VIEW IF NOT EXISTS candles AS
SELECT
  i.venue, i.symbol, i.market_type, c.timeframe,
  strftime('%Y-%m-%d %H:%M:%S', c.open_us / 1000000, 'unixepoch')
    || printf('.%06d', c.open_us % 1000000) AS ts,
  c.open_us AS ts_us, c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trade_count,
  c.buy_volume,
  iif(c.volume > 0, c.quote_volume / c.volume, NULL) AS vwap,
  CASE WHEN c.closed = 0 OR c.state = 1 THEN 'partial' WHEN c.state = 2 THEN 'repaired'
    ELSE 'complete' END AS state,
  c.revision
FROM candle c JOIN instruments i ON i.id = c.instrument;

CREATE VIEW IF NOT EXISTS derivatives AS
SELECT
  i.venue, i.symbol, i.market_type,
  strftime('%Y-%m-%d %H:%M:%S', d.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', d.ts_us % 1000000) AS ts,
  d.ts_us, d.recv_us, d.mark_price, d.index_price, d.funding_rate, d.next_funding_us,
  d.open_interest
FROM derivative d JOIN instruments i ON i.id = d.instrument;

CREATE VIEW IF NOT EXISTS liquidations AS
SELECT
  i.venue, i.symbol, i.market_type,
  strftime('%Y-%m-%d %H:%M:%S', l.ts_us / 1000000, 'unixepoch')
    || printf('.%06d', l.ts_us % 1000000) AS ts,
  l.ts_us, l.recv_us, l.price, l.size, iif(l.is_sell, 'sell', 'buy') AS side
FROM liquidation l JOIN instruments i ON i.id = l.instrument;

CREATE VIEW IF NOT EXISTS data_quality AS
SELECT
  g.id, ifnull(i.venue, '') AS venue, ifnull(i.symbol, '') AS symbol,
  ifnull(i.market_type, '') AS market_type, g.kind, g.from_id, g.to_id, g.from_us, g.to_us,
  strftime('%Y-%m-%d %H:%M:%S', g.from_us / 1000000, 'unixepoch')
    || printf('.%06d', g.from_us % 1000000) AS from_ts,
  strftime('%Y-%m-%d %H:%M:%S', g.to_us / 1000000, 'unixepoch')
    || printf('.%06d', g.to_us % 1000000) AS to_ts,
  g.cause, g.detected_us, g.repaired, g.repaired_us, g.how
FROM gap g LEFT JOIN instruments i ON i.id = g.instrument;

CREATE VIEW IF NOT EXISTS coverage AS
SELECT
  i.venue, i.symbol, i.market_type, iif(v.tape = 1, 'aggTrade', 'trade') AS tape,
  v.from_id, v.to_id, v.from_us, v.to_us,
  strftime('%Y-%m-%d %H:%M:%S', v.from_us / 1000000, 'unixepoch')
    || printf('.%06d', v.from_us % 1000000) AS from_ts,
  strftime('%Y-%m-%d %H:%M:%S', v.to_us / 1000000, 'unixepoch')
    || printf('.%06d', v.to_us % 1000000) AS to_ts
FROM trade_coverage v JOIN instruments i ON i.id = v.instrument;
