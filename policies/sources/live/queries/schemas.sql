SELECT n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner, /*acl n.nspacl n.nspowner n*/ AS acl
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname
