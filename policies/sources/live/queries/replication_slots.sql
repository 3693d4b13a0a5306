SELECT slot_name AS name, slot_type AS kind, active AS is_active, plugin
FROM pg_replication_slots
WHERE NOT temporary
ORDER BY slot_name
