SELECT line_number AS line, coalesce(type, '') AS type, coalesce(database, '{}') AS databases,
       coalesce(user_name, '{}') AS users,
       address || CASE WHEN netmask IS NULL THEN '' ELSE '/' || netmask END AS address,
       coalesce(auth_method, '') AS method, coalesce(options, '{}') AS options, error
FROM pg_hba_file_rules
ORDER BY rule_number NULLS FIRST, line_number
