"""What an instance keeps of its replicas once it is a plain server again: their slots, and what they logged in with."""

from infra.backup.container import execute
from infra.model.errors import ResourceError

_FORGET = r"""
exec psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/run/postgresql --username=postgres --dbname=postgres \
    --set="slots=$1" >/dev/null <<'SQL'
SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
    WHERE slot_type = 'physical' AND slot_name ~ :'slots' AND active_pid IS NOT NULL;
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
    WHERE slot_type = 'physical' AND slot_name ~ :'slots';
SELECT format('DROP OWNED BY %1$I; DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname IN ('replicator', 'rewinder')
\gexec
SQL
"""


def forget_former_nodes(instance: str, container: str) -> None:
    """A slot that nobody reads holds WAL until the disk is full; a login that copies a server outlives its purpose.

    Raises ResourceError.
    """
    slots = f"^{instance.replace('-', '_')}_[0-9]+$"
    ended = execute(container, ["sh", "-c", _FORGET, "sh", slots])
    if ended.code:
        raise ResourceError(
            f"{instance}: slots and logins of its former replicas are left: {ended.reason}", f"docker logs {container}"
        )
