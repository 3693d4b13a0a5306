SELECT t.tgrelid AS relation, t.tgname AS name, ARRAY[n.nspname::text, p.proname::text] AS function,
       pg_get_triggerdef(t.oid) AS definition, t.tgenabled::text AS enabled
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT t.tgisinternal
ORDER BY t.tgrelid, t.tgname
