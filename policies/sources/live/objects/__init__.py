"""Reading a running object store: buckets, users, policies, and what logins and strangers can do."""
