"""Make this host ready for a stack: mend what can be mended, stop with the list of the rest."""

from collections.abc import Iterable

from infra.host.facts import HostFacts, gather_facts
from infra.host.mend import install, start_engine
from infra.host.prerequisites import Prerequisite, State, judge
from infra.host.progress import Progress
from infra.images.recipes import project_catalogue
from infra.model.errors import PrerequisiteMissing


def inspect_host() -> tuple[HostFacts, list[Prerequisite]]:
    """The host's facts and the verdict on each prerequisite."""
    facts = gather_facts()
    return facts, judge(facts, project_catalogue().build_space(facts.engine.missing_images))


def ensure_ready(progress: Progress) -> HostFacts:
    """Install and start what is missing, as root on Debian; gives the host as it is then.

    Raises PrerequisiteMissing with what remains.
    """
    facts, prerequisites = inspect_host()
    if not _missing(prerequisites):
        return facts
    _mend(facts, prerequisites, progress)
    facts, prerequisites = inspect_host()
    if remaining := _missing(prerequisites):
        raise PrerequisiteMissing(_list(remaining), _commands(remaining))
    return facts


def _mend(facts: HostFacts, prerequisites: Iterable[Prerequisite], progress: Progress) -> None:
    missing = _missing(prerequisites)
    packages = [package for each in missing for package in each.packages]
    if packages:
        install(packages, progress)
    if any(each.starts_engine for each in missing):
        start_engine(facts.has_systemd, progress)


def _missing(prerequisites: Iterable[Prerequisite]) -> list[Prerequisite]:
    return [each for each in prerequisites if each.state is State.MISSING]


def _list(missing: Iterable[Prerequisite]) -> str:
    return "\n".join(["This host is not ready:", *(f"  {each.name}: {each.found}" for each in missing)])


def _commands(missing: Iterable[Prerequisite]) -> str:
    return "\n".join(["Run:", *(f"  {each.command}" for each in missing)])
