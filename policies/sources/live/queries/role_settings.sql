SELECT CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END AS role, d.datname AS database,
       split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
FROM pg_db_role_setting s
LEFT JOIN pg_database d ON d.oid = s.setdatabase
CROSS JOIN unnest(s.setconfig) AS entry
WHERE s.setdatabase = 0 OR d.datname = current_database()
ORDER BY 1, 2, 3
