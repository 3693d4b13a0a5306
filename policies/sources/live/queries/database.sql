SELECT d.datname AS database, pg_get_userbyid(d.datdba) AS database_owner,
       /*acl d.datacl d.datdba d*/ AS database_acl,
       current_setting('server_version_num')::int AS version,
       pg_is_in_recovery() AS is_replica,
       (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects
FROM pg_database d
WHERE d.datname = current_database()
