SELECT archived_count AS archived, failed_count AS failed, last_failed_wal, last_archived_wal,
       coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL) AS is_failing
FROM pg_stat_archiver
