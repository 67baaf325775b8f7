-- What retention deleted: rows before this time may be gone, so nothing is concluded from their
-- absence. timeframe is '' where the table has none.
CREATE TABLE IF NOT EXISTS retention (
  table_name       TEXT NOT NULL,
  timeframe        TEXT NOT NULL DEFAULT '',
  pruned_before_us INTEGER NOT NULL,
  PRIMARY KEY (table_name, timeframe)
) STRICT, WITHOUT ROWID;
