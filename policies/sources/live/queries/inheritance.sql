SELECT i.inhrelid AS relation, n.nspname AS schema, c.relname AS name
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhparent
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY i.inhrelid, i.inhseqno
