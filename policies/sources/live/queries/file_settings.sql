SELECT f.name, CASE WHEN NOT f.applied OR s.pending_restart THEN f.setting END AS pending_value,
       f.sourcefile LIKE '%/postgresql.auto.conf' AS is_from_alter_system
FROM pg_file_settings f
JOIN pg_settings s ON s.name = f.name
WHERE f.seqno = (SELECT max(last.seqno) FROM pg_file_settings last WHERE last.name = f.name)
ORDER BY f.name
