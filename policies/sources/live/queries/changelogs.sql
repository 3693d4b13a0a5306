SELECT n.nspname AS schema
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'databasechangelog' AND c.relkind = 'r'
ORDER BY 1
