SELECT k.conrelid AS relation, k.conname AS name,
       '{"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclusion", "n": "not null",
         "t": "trigger"}'::json ->> k.contype::text AS kind,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(num, position)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.position) AS columns,
       pg_get_constraintdef(k.oid) AS definition,
       CASE WHEN fc.oid IS NOT NULL THEN ARRAY[fn.nspname::text, fc.relname::text] END AS "references",
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(num, position)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.position)
           AS referenced_columns,
       k.convalidated AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled IN ('D', 'R'))
           AS is_validated,
       coalesce('{"r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}'::json
                ->> k.confdeltype::text, 'no action') AS on_delete
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY k.conrelid, k.conname
