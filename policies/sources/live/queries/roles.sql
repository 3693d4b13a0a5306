SELECT rolname AS name, rolcanlogin AS can_login, rolsuper AS is_superuser,
       rolbypassrls AS bypasses_row_security, rolreplication AS can_replicate,
       rolcreaterole AS can_create_role, rolcreatedb AS can_create_database, rolinherit AS inherits,
       rolconnlimit AS connection_limit, rolvaliduntil::text AS valid_until
FROM pg_roles
WHERE rolname !~ '^pg_'
ORDER BY rolname
