"""A WAL segment's place in the archive."""

from dataclasses import dataclass

SEGMENT_BYTES = 16 << 20
"""PostgreSQL's default, which the project's clusters have."""
SEGMENTS_PER_LOG = (1 << 32) // SEGMENT_BYTES


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A WAL segment's place: its timeline and its number on it."""

    timeline: int
    number: int

    @classmethod
    def of(cls, name: str) -> "Position":
        """From a segment's file name of 24 hexadecimal digits."""
        log, segment = int(name[8:16], 16), int(name[16:24], 16)
        return cls(int(name[:8], 16), log * SEGMENTS_PER_LOG + segment)

    @property
    def name(self) -> str:
        """The segment's file name."""
        log, segment = divmod(self.number, SEGMENTS_PER_LOG)
        return f"{self.timeline:08X}{log:08X}{segment:08X}"
