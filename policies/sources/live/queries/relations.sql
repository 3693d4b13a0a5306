SELECT c.oid AS relation, n.nspname AS schema, c.relname AS name,
       '{"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table",
         "S": "sequence"}'::json ->> c.relkind::text AS kind,
       pg_get_userbyid(c.relowner) AS owner,
       CASE c.relkind WHEN 'S' THEN /*acl c.relacl c.relowner s*/ ELSE /*acl c.relacl c.relowner r*/ END AS acl,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
       c.relispartition AS is_partition,
       CASE WHEN c.relkind IN ('r', 'p', 'm') THEN greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid)) END AS held_rows,
       /*pairs c.reloptions*/ AS options,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR c.oid >= 16384 AND n.nspname !~ '^pg_(temp|toast)')
  -- An extension's own relations are not made here, unless they lie elsewhere or read a table with row security.
  AND NOT EXISTS (SELECT FROM pg_depend d
                  JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                    AND (c.relnamespace = e.extnamespace OR EXISTS (
                           SELECT FROM pg_depend s
                           WHERE s.classid = 'pg_namespace'::regclass AND s.objid = c.relnamespace
                             AND s.refobjid = e.oid AND s.deptype = 'e'))
                    AND NOT EXISTS (
                           SELECT FROM pg_rewrite w
                           JOIN pg_depend r ON r.classid = 'pg_rewrite'::regclass AND r.objid = w.oid
                           JOIN pg_class t ON r.refclassid = 'pg_class'::regclass AND t.oid = r.refobjid
                           WHERE w.ev_class = c.oid AND t.relrowsecurity))
ORDER BY n.nspname, c.relname
