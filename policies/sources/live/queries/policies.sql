SELECT p.polrelid AS relation, p.polname AS name,
       '{"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}'::json ->> p.polcmd::text AS command,
       p.polpermissive AS is_permissive,
       ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END FROM unnest(p.polroles) AS r)
           AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
FROM pg_policy p
ORDER BY p.polrelid, p.polname
