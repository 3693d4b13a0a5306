"""Whether a restored server is whole, found out without leaving anything in it."""

from infra.backup.restore.recovery import query
from infra.components.postgres_settings import DATABASE
from infra.model.errors import ResourceError

_DAMAGE = """
BEGIN;
CREATE EXTENSION IF NOT EXISTS amcheck;
SELECT format('table %s, block %s: %s', c.oid::regclass, found.blkno, found.msg)
FROM pg_class AS c, verify_heapam(c.oid) AS found
WHERE c.relkind IN ('r', 't') AND c.relpersistence = 'p';
SELECT count(bt_index_check(c.oid)) FROM pg_class AS c JOIN pg_index AS i ON i.indexrelid = c.oid
JOIN pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p' AND i.indisvalid AND i.indisready;
ROLLBACK;
"""


def check_soundness(container: str) -> None:
    """Read every table and the order of every index. Raises ResourceError with the first damage."""
    *damage, indexes = query(container, DATABASE, _DAMAGE).splitlines()
    if damage or not int(indexes):
        raise ResourceError(
            f"{container}: what was restored is damaged: {(damage or ['it has no index'])[0]}",
            "restore from another backup: `aqdata backup list`",
        )
