SELECT found.object, CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END AS grantee,
       g.privilege_type AS privilege
FROM (SELECT 'function ' || p.oid::regprocedure AS object, p.proacl AS acl,
             coalesce(i.initprivs, acldefault('f', p.proowner)) AS initial
      FROM pg_proc p
      LEFT JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS NOT NULL AND p.oid < 16384
      UNION ALL
      SELECT 'relation ' || c.oid::regclass, c.relacl, coalesce(i.initprivs, acldefault('r', c.relowner))
      FROM pg_class c
      LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = 0
      WHERE c.relacl IS NOT NULL AND c.relnamespace = 'pg_catalog'::regnamespace AND c.oid < 16384
      UNION ALL
      SELECT 'column ' || c.oid::regclass || '.' || a.attname, a.attacl, coalesce(i.initprivs, acldefault('c', c.relowner))
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_init_privs i
             ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = a.attnum
      WHERE a.attacl IS NOT NULL AND c.relnamespace = 'pg_catalog'::regnamespace AND c.oid < 16384
      UNION ALL
      SELECT 'parameter ' || parname, paracl, acldefault('p', 10) FROM pg_parameter_acl) AS found
CROSS JOIN LATERAL (SELECT grantee, privilege_type FROM aclexplode(found.acl)
                    EXCEPT SELECT grantee, privilege_type FROM aclexplode(found.initial)) AS g
ORDER BY 1, 2, 3
