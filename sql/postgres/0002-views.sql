-- What people and tools query. Filter by venue, symbol, market_type and ts: those use partitions and
-- indexes; ts_us is computed. Times of the ledger and of coverage are kept in microseconds, and
-- their *_ts are computed.

-- Trade ids are text in the view, as some venues' are; digits sort by their value all the same.
DO $$
BEGIN
  CREATE COLLATION IF NOT EXISTS trade_ids (provider = icu, locale = 'und-u-kn-true');
EXCEPTION WHEN feature_not_supported THEN
  CREATE COLLATION IF NOT EXISTS trade_ids FROM "C";
END $$;

CREATE OR REPLACE VIEW trades AS
SELECT
  i.venue, i.symbol, i.market_type,
  coalesce(t.text_id, t.trade_id::TEXT) COLLATE trade_ids AS trade_id, t.ts,
  (extract(epoch FROM t.ts) * 1000000)::BIGINT AS ts_us, t.recv_us, t.price, t.size,
  CASE WHEN t.flags & 1 = 1 THEN 'sell' ELSE 'buy' END AS side,
  t.flags & 1 = 1 AS is_buyer_maker
FROM trade t JOIN instruments i ON i.id = t.instrument;

CREATE OR REPLACE VIEW quotes AS
SELECT
  i.venue, i.symbol, i.market_type, q.ts,
  (extract(epoch FROM q.ts) * 1000000)::BIGINT AS ts_us, q.recv_us,
  q.bid_price, q.bid_size, q.ask_price, q.ask_size
FROM quote q JOIN instruments i ON i.id = q.instrument;

CREATE OR REPLACE VIEW orderbook_snapshots AS
SELECT
  i.venue, i.symbol, i.market_type, b.ts,
  (extract(epoch FROM b.ts) * 1000000)::BIGINT AS ts_us, b.recv_us,
  nullif(b.sequence, -1) AS sequence, b.bids, b.asks
FROM book_snapshot b JOIN instruments i ON i.id = b.instrument;

CREATE OR REPLACE VIEW orderbook_deltas AS
SELECT
  i.venue, i.symbol, i.market_type, b.ts,
  (extract(epoch FROM b.ts) * 1000000)::BIGINT AS ts_us, b.recv_us,
  nullif(b.first_sequence, -1) AS first_sequence, nullif(b.sequence, -1) AS sequence,
  b.flags & 32 <> 0 AS is_reset, b.bids, b.asks
FROM book_delta b JOIN instruments i ON i.id = b.instrument;

-- A candle whose bucket is still open is not whole yet, so it reads as partial. A division that
-- overflows is an error here, which one odd row must not make of every query: hence the bounds.
CREATE OR REPLACE VIEW candles AS
SELECT
  i.venue, i.symbol, i.market_type, c.timeframe, c.ts,
  (extract(epoch FROM c.ts) * 1000000)::BIGINT AS ts_us,
  c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trade_count, c.buy_volume,
  CASE WHEN c.volume BETWEEN 1e-100 AND 1e100 AND abs(c.quote_volume) BETWEEN 1e-100 AND 1e100
    THEN c.quote_volume / c.volume WHEN c.volume > 0 AND c.quote_volume = 0 THEN 0 END AS vwap,
  CASE WHEN c.closed = 0 OR c.state = 1 THEN 'partial' WHEN c.state = 2 THEN 'repaired'
    ELSE 'complete' END AS state,
  c.revision
FROM candle c JOIN instruments i ON i.id = c.instrument;

CREATE OR REPLACE VIEW derivatives AS
SELECT
  i.venue, i.symbol, i.market_type, d.ts,
  (extract(epoch FROM d.ts) * 1000000)::BIGINT AS ts_us, d.recv_us,
  d.mark_price, d.index_price, d.funding_rate, d.next_funding_us, d.open_interest
FROM derivative d JOIN instruments i ON i.id = d.instrument;

CREATE OR REPLACE VIEW liquidations AS
SELECT
  i.venue, i.symbol, i.market_type, l.ts,
  (extract(epoch FROM l.ts) * 1000000)::BIGINT AS ts_us, l.recv_us,
  l.price, l.size, CASE WHEN l.is_sell = 1 THEN 'sell' ELSE 'buy' END AS side
FROM liquidation l JOIN instruments i ON i.id = l.instrument;

CREATE OR REPLACE VIEW data_quality AS
SELECT
  g.id, coalesce(i.venue, '') AS venue, coalesce(i.symbol, '') AS symbol,
  coalesce(i.market_type, '') AS market_type, g.kind, g.from_id, g.to_id, g.from_us, g.to_us,
  TIMESTAMPTZ 'epoch' + g.from_us * INTERVAL '1 microsecond' AS from_ts,
  TIMESTAMPTZ 'epoch' + g.to_us * INTERVAL '1 microsecond' AS to_ts,
  g.cause, g.detected_us, g.repaired, g.repaired_us, g.how
FROM gap g LEFT JOIN instruments i ON i.id = g.instrument;

CREATE OR REPLACE VIEW coverage AS
SELECT
  i.venue, i.symbol, i.market_type,
  CASE WHEN v.tape = 1 THEN 'aggTrade' ELSE 'trade' END AS tape,
  v.from_id, v.to_id, v.from_us, v.to_us,
  TIMESTAMPTZ 'epoch' + v.from_us * INTERVAL '1 microsecond' AS from_ts,
  TIMESTAMPTZ 'epoch' + v.to_us * INTERVAL '1 microsecond' AS to_ts
FROM trade_coverage v JOIN instruments i ON i.id = v.instrument;
