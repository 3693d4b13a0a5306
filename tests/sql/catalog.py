"""A database's whole schema as text."""

from tests.servers.postgres import PostgresServer


def schema_of(postgres: PostgresServer, database: str) -> str:
    """What pg_dump says of it: tables, indexes, policies, triggers, functions and every privilege, but no rows."""
    command = ["pg_dump", "--username=postgres", "--schema-only", "--restrict-key=x", database]
    code, (schema, complaints) = postgres.server.container.exec_run(command, demux=True)
    assert code == 0, complaints
    assert isinstance(schema, bytes)
    return schema.decode()
