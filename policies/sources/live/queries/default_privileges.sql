SELECT pg_get_userbyid(d.defaclrole) AS role, n.nspname AS schema,
       '{"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas"}'::json
           ->> d.defaclobjtype::text AS objects,
       /*acl d.defaclacl d.defaclrole r*/ AS acl
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
ORDER BY 1, 2, 3
