SELECT n.nspname AS schema, p.proname AS name, oidvectortypes(p.proargtypes) AS signature,
       pg_get_userbyid(p.proowner) AS owner, l.lanname AS language,
       coalesce(pg_get_function_result(p.oid), '') AS returns,
       '{"f": "function", "p": "procedure", "a": "aggregate", "w": "window"}'::json ->> p.prokind::text AS kind,
       '{"i": "immutable", "s": "stable", "v": "volatile"}'::json ->> p.provolatile::text AS volatility,
       p.prosecdef AS is_security_definer, p.proleakproof AS is_leakproof,
       /*pairs p.proconfig*/ AS settings, /*acl p.proacl p.proowner f*/ AS acl, p.prosrc AS source,
       CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE '' END AS definition
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE (n.nspname !~ '^pg_(?!temp)' AND n.nspname <> 'information_schema' OR p.oid >= 16384)
  -- An extension's own functions are not made here, unless they lie elsewhere.
  AND NOT EXISTS (SELECT FROM pg_depend d
                  JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                    AND (p.pronamespace IN (e.extnamespace, 'pg_catalog'::regnamespace) OR EXISTS (
                           SELECT FROM pg_depend s
                           WHERE s.classid = 'pg_namespace'::regclass AND s.objid = p.pronamespace
                             AND s.refobjid = e.oid AND s.deptype = 'e')))
ORDER BY 1, 2, 3
