-- How far each table has been pruned: rows older than this are gone on purpose. timeframe: of
-- candles, '' for all.

IF OBJECT_ID(N'dbo.retention', N'U') IS NULL
CREATE TABLE dbo.retention (
  table_name       NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  timeframe        NVARCHAR(8) COLLATE Latin1_General_BIN2 NOT NULL,
  pruned_before_us BIGINT NOT NULL,
  CONSTRAINT retention_pk PRIMARY KEY (table_name, timeframe)
);
GO
