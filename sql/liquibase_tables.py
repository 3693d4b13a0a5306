"""The two tables in which Liquibase keeps what it has applied, as text: reading it needs no PostgreSQL client."""

CREATE_TABLES = """
CREATE TABLE IF NOT EXISTS databasechangeloglock (
  id integer NOT NULL, locked boolean NOT NULL, lockgranted timestamp without time zone, lockedby varchar(255),
  CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (id));
INSERT INTO databasechangeloglock (id, locked) VALUES (1, false) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS databasechangelog (
  id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
  dateexecuted timestamp without time zone NOT NULL, orderexecuted integer NOT NULL, exectype varchar(10) NOT NULL,
  md5sum varchar(35), description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20),
  contexts varchar(255), labels varchar(255), deployment_id varchar(10));
"""
"""Both tables exactly as Liquibase creates them on PostgreSQL (its `CreateDatabaseChangeLog*Generator`)."""
