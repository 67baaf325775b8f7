-- Least-privilege roles, made once by an administrator in the database of the store:
--
--   psql -d market -v ON_ERROR_STOP=1 -f sql/postgres/roles.sql
--   psql -d market -c "ALTER ROLE tickspine_writer PASSWORD '…'"   (and the reader's)
--
-- The writer makes and owns the store's tables, partitions and views in schema public, and nothing
-- else. The reader sees them and changes nothing. No file of the numbered migrations; run it again
-- as often as you like, before or after the first start.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tickspine_writer') THEN
    CREATE ROLE tickspine_writer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tickspine_reader') THEN
    CREATE ROLE tickspine_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO tickspine_writer', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO tickspine_reader', current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO tickspine_writer;
GRANT USAGE ON SCHEMA public TO tickspine_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO tickspine_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE tickspine_writer IN SCHEMA public
  GRANT SELECT ON TABLES TO tickspine_reader;
ALTER ROLE tickspine_reader SET default_transaction_read_only = on;
