SELECT name, setting AS value
FROM pg_file_settings f
WHERE NOT applied AND name IS NOT NULL
  AND seqno = (SELECT max(last.seqno) FROM pg_file_settings last WHERE last.name = f.name)
ORDER BY name
