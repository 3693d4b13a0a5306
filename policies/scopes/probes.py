"""What was tried: the attempts of one login on one table with one command, and experiments of several steps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.facts.facts import Facts
from policies.facts.probes import Attempt, Command, Experiment, Way, probed
from policies.rule import NotApplicable, Scope, Unknown


@dataclass(frozen=True)
class Trial:
    """Every attempt of one login on one tenant table with one command, on one way in."""

    instance: str
    table: str
    role: str
    path: Way
    command: Command
    attempts: tuple[Attempt, ...]

    @property
    def address(self) -> str:
        """Table, login and way in."""
        return probed(self.instance, self.table, self.role, self.path)

    @property
    def foreign(self) -> Iterator[Attempt]:
        """Attempts at rows that the context does not own."""
        return (attempt for attempt in self.attempts if attempt.aim == "foreign")

    @property
    def own(self) -> Iterator[Attempt]:
        """Attempts at the context's own rows: the positive controls."""
        return (attempt for attempt in self.attempts if attempt.aim == "own")

    @property
    def leaks(self) -> Iterator[str]:
        """One message for each context in which a foreign row was reached."""
        for context, reached in _by_context(attempt for attempt in self.foreign if attempt.reached).items():
            first = reached[0]
            yield f"in context '{context}' {first.command} reached another tenant's row: {first.statement}"

    def require_evidence(self) -> None:
        """Raises Unknown where a granted command never reached the login's own row, or an attempt could not be made.

        Where only reading was tried, there has to be a row that the login could have seen; a table without any is
        NotApplicable.
        """
        broken = [attempt for attempt in self.attempts if attempt.is_inconclusive]
        if broken:
            raise Unknown(f"{broken[0].command} failed with {broken[0].sqlstate}: {broken[0].message}")
        own = list(self.own)
        granted = [attempt for attempt in self.attempts if attempt.is_granted]
        if granted and not own:
            self._require_rows()
        missed = [attempt for attempt in own if attempt.is_granted and not attempt.reached]
        if missed:
            raise Unknown(f"{self.command} did not reach the tenant's own row: {missed[0].message or 'no row'}")

    def _require_rows(self) -> None:
        held = {attempt.held for attempt in self.attempts}
        if None in held or all(attempt.outcome != "rows" for attempt in self.attempts):
            raise Unknown(f"no own row could be tried with {self.command}")
        if not any(held):
            raise NotApplicable("the table holds no row that could be seen")


def _by_context(attempts: Iterator[Attempt]) -> dict[str, list[Attempt]]:
    grouped: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        grouped[attempt.context].append(attempt)
    return grouped


def trials(command: Command) -> Scope[Trial]:
    """The trials of one command."""

    def found(facts: Facts) -> Iterator[Trial]:
        chosen = (attempt for attempt in facts.attempts if attempt.command == command)
        for (instance, table, role, path), attempts in _grouped(chosen):
            yield Trial(instance, table, role, path, command, tuple(attempts))

    return Scope(f"probes of {command}", "probes", found)


def experiments(name: str) -> Scope[Experiment]:
    """The experiments of one name."""

    def found(facts: Facts) -> Iterator[Experiment]:
        return (experiment for experiment in facts.experiments if experiment.name == name)

    return Scope(f"experiments '{name}'", "probes", found)


def require_own_row(experiment: Experiment) -> None:
    """Raises Unknown where the experiment could not be finished, or never saw the tenant's own row."""
    if experiment.error:
        raise Unknown(f"{experiment.name} failed with {experiment.sqlstate}: {experiment.error}")
    if not experiment.own:
        raise Unknown(f"{experiment.name}: the tenant's own row was not seen")


@dataclass(frozen=True)
class AccessTrial:
    """Every attempt of one login on one tenant table, on one way in."""

    instance: str
    table: str
    role: str
    path: Way
    attempts: tuple[Attempt, ...]

    @property
    def address(self) -> str:
        """Table, login and way in."""
        return probed(self.instance, self.table, self.role, self.path)

    @property
    def exceeded(self) -> list[str]:
        """Commands beyond the declared grants that were not refused for want of a privilege."""
        beyond = (attempt for attempt in self.attempts if not attempt.is_granted and attempt.command != "copy")
        return sorted({attempt.command for attempt in beyond if attempt.outcome != "refused"})


def _access_trials(facts: Facts) -> Iterator[AccessTrial]:
    for (instance, table, role, path), attempts in _grouped(facts.attempts):
        yield AccessTrial(instance, table, role, path, tuple(attempts))


def _grouped(attempts: Iterable[Attempt]) -> Iterable[tuple[tuple[str, str, str, Way], list[Attempt]]]:
    grouped: dict[tuple[str, str, str, Way], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        grouped[attempt.instance, attempt.table, attempt.role, attempt.path].append(attempt)
    return grouped.items()


access_trials = Scope("probed tables", "probes", _access_trials)
