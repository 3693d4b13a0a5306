SELECT e.evtname AS name, e.evtevent AS event, ARRAY[n.nspname::text, p.proname::text] AS function,
       pg_get_userbyid(e.evtowner) AS owner, coalesce(e.evttags, '{}') AS tags, e.evtenabled::text AS enabled
FROM pg_event_trigger e
JOIN pg_proc p ON p.oid = e.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
ORDER BY e.evtname
