SELECT i.indrelid AS relation, x.relname AS name,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, position, false)
             FROM generate_series(1, i.indnkeyatts) AS position) AS columns,
       i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS is_valid,
       pg_get_expr(i.indpred, i.indrelid) AS predicate, am.amname AS method,
       pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am am ON am.oid = x.relam
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY i.indrelid, x.relname
