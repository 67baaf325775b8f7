-- How far back each table was given up. timeframe: of candles, '' for all.
CREATE TABLE IF NOT EXISTS retention (
  table_name       TEXT NOT NULL,
  timeframe        TEXT NOT NULL,
  pruned_before_us BIGINT NOT NULL,
  PRIMARY KEY (table_name, timeframe)
);
