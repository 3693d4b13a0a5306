"""What the node that becomes the primary does not archive."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "infra" / "images" / "patroni" / "before-promotion"
HISTORY = "1\t0/90000A0\tno recovery target specified\n\n2\t0/A000000\tno recovery target specified\n"


def promoted(folder: Path, *segments: str, ready: tuple[str, ...] = ()) -> list[str]:
    """What has a status after the script ran on a node with these segments."""
    status = folder / "pg_wal" / "archive_status"
    status.mkdir(parents=True)
    (folder / "pg_wal" / "00000003.history").write_text(HISTORY)
    for segment in segments:
        (folder / "pg_wal" / segment).touch()
    for segment in ready:
        (status / f"{segment}.ready").touch()
    subprocess.run([str(SCRIPT)], env={"PGDATA": str(folder), "PATH": "/usr/bin:/bin"}, check=True)
    return sorted(each.name for each in status.iterdir())


def test_the_segment_that_a_timeline_ended_in_counts_as_archived(tmp_path: Path) -> None:
    assert promoted(tmp_path, "000000010000000000000009") == ["000000010000000000000009.done"]


def test_also_where_it_waited_to_be(tmp_path: Path) -> None:
    ended = "000000010000000000000009"
    assert promoted(tmp_path, ended, ready=(ended,)) == [f"{ended}.done"]


def test_whole_segments_are_left_to_be_archived(tmp_path: Path) -> None:
    segments = ("000000010000000000000008", "000000020000000000000009", "00000002000000000000000A")
    assert promoted(tmp_path, *segments, ready=segments[:1]) == [f"{segments[0]}.ready"]


def test_a_timeline_that_ended_between_two_segments_left_none_open(tmp_path: Path) -> None:
    assert promoted(tmp_path, "00000002000000000000000A") == []


def test_a_first_primary_has_no_history(tmp_path: Path) -> None:
    (tmp_path / "pg_wal" / "archive_status").mkdir(parents=True)
    subprocess.run([str(SCRIPT)], env={"PGDATA": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True)
