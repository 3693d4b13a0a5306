SELECT application_name AS name, usename AS "user", state, sync_state,
       pg_wal_lsn_diff(sent_lsn, replay_lsn)::bigint AS lag
FROM pg_stat_replication
WHERE usename IS NOT NULL
ORDER BY application_name
