"""What a drill found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Judgement:
    """One thing that was checked on the copy."""

    name: str
    passed: bool
    detail: str


@dataclass
class DrillReport:
    """What a drill found; `seconds` by phase, `recovery_point` in seconds of writes that a lost host would cost.

    `started` and `finished` in ISO 8601; `cluster` is PostgreSQL's system identifier, or the identity of Redis's data
    folder: a stack that was destroyed and made again has another one, and its restores prove nothing of the new one.
    """

    stack: str
    instance: str
    started: str
    finished: str = ""
    target: str = ""
    backup: str = ""
    judgements: list[Judgement] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    recovery_point: float = 0.0
    cluster: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything was checked and right."""
        return bool(self.judgements) and all(judgement.passed for judgement in self.judgements)
