"""What the trials come to: how many mutants were noticed, how fast, and what is left behind. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.evaluate import Result
from policies.mutants.trial import Outcome, Trial

ALL_NOTICED, WEAK, COULD_NOT_TRY = 0, 1, 3


@dataclass(frozen=True)
class Row:
    """The trials of one place; `rate` a minute, from the first one's beginning to the last one's end."""

    place: str
    tried: int
    good: int
    rate: float


@dataclass(frozen=True)
class Score:
    """Every trial; `residue` is what the verifier says of the stack after all was undone."""

    trials: tuple[Trial, ...]
    residue: tuple[Result, ...]
    seconds: float

    @property
    def mutants(self) -> list[Trial]:
        """The trials of mutants, without those that were not run for this stack has not their shape."""
        return [trial for trial in self.trials if not trial.is_harmless and trial.outcome is not Outcome.NOT_RUN]

    @property
    def harmless(self) -> list[Trial]:
        """The trials of harmless changes."""
        return [trial for trial in self.trials if trial.is_harmless and trial.outcome is not Outcome.NOT_RUN]

    @property
    def not_run(self) -> list[Trial]:
        """What this stack has not the shape for."""
        return [trial for trial in self.trials if trial.outcome is Outcome.NOT_RUN]

    @property
    def faults(self) -> list[Trial]:
        """Survivors, false alarms and what could not be tried."""
        return [trial for trial in (*self.mutants, *self.harmless) if not trial.outcome.is_good]

    @property
    def noticed(self) -> int:
        """How many mutants the verifier named."""
        return _good(self.mutants)

    @property
    def quiet(self) -> int:
        """How many harmless changes it left alone."""
        return _good(self.harmless)

    @property
    def rows(self) -> list[Row]:
        """One row for each place, in the order of the first trials."""
        tried = [*self.mutants, *self.harmless]
        places = dict.fromkeys(trial.place for trial in tried)
        return [_row(place, [trial for trial in tried if trial.place == place]) for place in places]

    @property
    def exit_code(self) -> int:
        """1 where the verifier was wrong, 3 where something could not be tried, else 0."""
        if self.residue or any(trial.outcome.was_tried for trial in self.faults):
            return WEAK
        nothing = not self.mutants and not self.harmless
        return COULD_NOT_TRY if self.faults or nothing else ALL_NOTICED


def _good(trials: Sequence[Trial]) -> int:
    return sum(trial.outcome.is_good for trial in trials)


def _row(place: str, trials: Sequence[Trial]) -> Row:
    began = min(trial.began for trial in trials)
    seconds = max(trial.began + trial.seconds for trial in trials) - began
    return Row(place, len(trials), _good(trials), 60 * len(trials) / max(0.1, seconds))
