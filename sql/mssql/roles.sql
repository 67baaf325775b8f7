-- Least privilege: run once by an owner of the database, after the first start made the tables.
--   tickspine_writer  writes rows; makes no tables (migrations are run by an owner: `migrate`)
--   tickspine_reader  reads, and nothing else
-- Then give a login its role:
--   CREATE LOGIN collector WITH PASSWORD = '…';
--   CREATE USER collector FOR LOGIN collector;
--   ALTER ROLE tickspine_writer ADD MEMBER collector;
-- Staging tables need no right: every login may make #tables. Locks (sp_getapplock) need none either.

IF DATABASE_PRINCIPAL_ID(N'tickspine_writer') IS NULL
CREATE ROLE tickspine_writer;
GO
IF DATABASE_PRINCIPAL_ID(N'tickspine_reader') IS NULL
CREATE ROLE tickspine_reader;
GO

GRANT SELECT ON SCHEMA::dbo TO tickspine_reader;
GO

GRANT SELECT ON SCHEMA::dbo TO tickspine_writer;
GRANT INSERT ON dbo.trade TO tickspine_writer;
GRANT INSERT ON dbo.quote TO tickspine_writer;
GRANT INSERT ON dbo.book_snapshot TO tickspine_writer;
GRANT INSERT ON dbo.book_delta TO tickspine_writer;
GRANT INSERT ON dbo.liquidation TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.derivative TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.candle TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.gap TO tickspine_writer;
GRANT INSERT, UPDATE, DELETE ON dbo.trade_coverage TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.instruments TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.sessions TO tickspine_writer;
GO

-- Retention deletes. A desk that keeps everything leaves this batch out.
GRANT DELETE ON dbo.trade TO tickspine_writer;
GRANT DELETE ON dbo.quote TO tickspine_writer;
GRANT DELETE ON dbo.book_snapshot TO tickspine_writer;
GRANT DELETE ON dbo.book_delta TO tickspine_writer;
GRANT DELETE ON dbo.liquidation TO tickspine_writer;
GRANT DELETE ON dbo.derivative TO tickspine_writer;
GRANT DELETE ON dbo.candle TO tickspine_writer;
GRANT DELETE ON dbo.gap TO tickspine_writer;
GRANT INSERT, UPDATE ON dbo.retention TO tickspine_writer;
GO
