SELECT w.ev_class AS relation, w.rulename AS name, pg_get_ruledef(w.oid) AS definition
FROM pg_rewrite w
JOIN pg_class c ON c.oid = w.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE w.rulename <> '_RETURN' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY w.ev_class, w.rulename
