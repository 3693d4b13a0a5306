SELECT name, setting AS value, unit, source, pending_restart
FROM pg_settings
ORDER BY name
