SELECT format_type(c.castsource, NULL) AS source, format_type(c.casttarget, NULL) AS target
FROM pg_cast c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
