"""The superuser's password of a plain server, set from inside its container: whoever rotates it has no other way in."""

from infra.backup.container import execute
from infra.waiting import await_so

_SET = r"""
exec psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/run/postgresql --username=postgres --dbname=postgres <<'SQL'
BEGIN;
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
\set superuser `cat /etc/aqstream/secrets/superuser-password`
ALTER ROLE postgres PASSWORD :'superuser';
COMMIT;
SQL
"""


def set_deployed_password(container: str, seconds: float) -> None:
    """Have it be the one among the container's files, over the server's socket. Raises ResourceError."""
    await_so(
        lambda: execute(container, ["sh", "-c", _SET]).code == 0,
        seconds,
        f"{container} did not take the superuser's new password",
        hint=f"docker logs {container}",
        every=1,
    )
