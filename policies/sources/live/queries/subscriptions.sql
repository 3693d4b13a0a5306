SELECT s.subname AS name, pg_get_userbyid(s.subowner) AS owner, s.subenabled AS is_enabled
FROM pg_subscription s
JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database()
ORDER BY s.subname
