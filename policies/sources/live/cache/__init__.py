"""Reading a running Redis server: users, commands, keys, and what services and strangers can do."""
