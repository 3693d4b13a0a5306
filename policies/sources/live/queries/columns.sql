SELECT a.attrelid AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS not_null,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       a.attidentity <> '' AS is_identity, a.attgenerated <> '' AS is_generated,
       CASE WHEN t.typtype = 'e'
            THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
            ELSE '{}'
       END AS labels,
       CASE WHEN a.attacl IS NOT NULL THEN /*acl a.attacl c.relowner c*/ END AS acl,
       col_description(a.attrelid, a.attnum) AS comment,
       coalesce(NOT l.collisdeterministic, false) AS has_loose_collation
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR c.oid >= 16384)
ORDER BY a.attrelid, a.attnum
