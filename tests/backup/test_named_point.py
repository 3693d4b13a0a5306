"""A restore point is found by its whole name, the newest first, and only while WAL can be fetched."""

from collections.abc import Sequence

import pytest

from infra.backup.container import Ended
from infra.backup.pgbackrest import PgBackRest
from infra.backup.restore import named_point
from infra.backup.restore.named_point import Unfetched, find_point
from infra.model.recovery.position import Position
from tests.backup.repositories import PER_DAY, repository

PROGRAM = PgBackRest("container", "postgres-user")
LINE = (
    "rmgr: XLOG        len (rec/tot):     98/    98, tx:          0, lsn: 0/1A000110, prev 0/1A0000D8,"
    " desc: RESTORE_POINT {name}\n"
)


class Wal:
    """Stands in for the container: which names are in which segment, and what was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: dict[int, str], *, code: int = 0) -> None:
        self._names, self._code, self.read, self.removed = names, code, list[tuple[str, str]](), False
        monkeypatch.setattr(named_point, "execute", self._execute)
        monkeypatch.setattr(named_point, "execute_until_interrupted", lambda *_: Ended(code, "", "no pg_control"))

    def _execute(self, _: str, command: Sequence[str]) -> Ended:
        if command[0] == "rm":
            self.removed = True
            return Ended(0, "", "")
        segment, following = command[-2:]
        self.read.append((segment, following))
        name = self._names.get(Position.of(segment).number)
        return Ended(0, LINE.format(name=name) if name else "", "")


def test_the_newest_of_that_name_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    last = 2 * PER_DAY
    wal = Wal(monkeypatch, {last - 1: "before release 2", last - 3: "before release", last - 5: "before release"})
    found = find_point(PROGRAM, repository(3), "before release")
    assert found is not None
    assert found.segment.position == Position(1, last - 3)
    assert found.lsn == 0x1A000110
    assert wal.removed


def test_each_segment_is_read_together_with_the_one_that_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = 10
    wal = Wal(monkeypatch, {})
    assert find_point(PROGRAM, repository(2, lost=[lost]), "release") is None
    read = {Position.of(segment).number: following for segment, following in wal.read}
    assert read[PER_DAY] == ""
    assert read[lost - 1] == ""
    assert read[lost - 2] == Position(1, lost - 1).name


def test_where_no_wal_can_be_fetched_nobody_says_that_the_name_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    wal = Wal(monkeypatch, {}, code=1)
    with pytest.raises(Unfetched):
        find_point(PROGRAM, repository(2), "release")
    assert wal.removed
