SELECT schema_name AS schema, table_name AS name
FROM _timescaledb_catalog.hypertable
ORDER BY 1, 2
