SELECT l.lanname AS name, l.lanpltrusted AS is_trusted, /*acl l.lanacl l.lanowner l*/ AS acl
FROM pg_language l
WHERE l.lanispl
ORDER BY l.lanname
