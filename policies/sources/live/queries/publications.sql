SELECT p.pubname AS name, pg_get_userbyid(p.pubowner) AS owner, p.puballtables AS all_tables,
       (SELECT json_agg(json_build_array(t.schemaname, t.tablename) ORDER BY t.schemaname, t.tablename)
        FROM pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables) AS tables
FROM pg_publication p
ORDER BY p.pubname
