"""Tries mutants on a deployed stack that may be broken, those of different servers side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from cli.expected_images import expected_images
from cli.mutant_ground import ground_of
from cli.rendered import declared_changesets
from cli.stack_access import StackAccess
from cli.verifier_access import verifier_access
from infra.model.errors import CannotCheck
from policies.evaluate import Result
from policies.mutants.ground import Ground
from policies.mutants.mutant import Mutant
from policies.mutants.realm import CATALOG, Realm
from policies.mutants.realms import WHOLE, distributed, opened_realms
from policies.mutants.score import Score
from policies.mutants.trial import Outcome, Trial, louder
from policies.sources.live.stack import ALL_PARTS, Reading
from policies.suppression import load_suppressions

_EVERYTHING = ALL_PARTS | CATALOG
Report = Callable[[Trial], None]


@dataclass
class SelfTest:
    """The self-test of one deployed stack; the mutants of `jobs` realms are tried at a time."""

    access: StackAccess
    jobs: int
    report: Report
    stopped: threading.Event = field(default_factory=threading.Event)
    reporting: threading.Lock = field(default_factory=threading.Lock)

    def run(self, mutants: Sequence[Mutant]) -> Score:
        """Try them all. Raises CannotCheck where the verifier is not silent before any change."""
        start = time.monotonic()
        ground = ground_of(self.access)
        with self._reading(ground) as whole, opened_realms(whole, ground) as realms:
            before = realms[WHOLE].look(_EVERYTHING).results
            _require_silence(before)
            trials = self._tried(distributed(mutants, ground.intent), realms)
            after = realms[WHOLE].look(_EVERYTHING).results
        trials += [_not_run(mutant, ground) for mutant in mutants if not mutant.fits(ground.intent)]
        return Score(tuple(trials), tuple(louder(before, after)), time.monotonic() - start)

    @contextmanager
    def _reading(self, ground: Ground) -> Iterator[Reading]:
        """What `aqdata verify` reads of the running stack."""
        intent = ground.intent
        with verifier_access(intent, self.access.outputs()) as way_in:
            yield Reading(
                way_in,
                intent,
                changesets=declared_changesets(intent),
                state=self.access.workspace.backend,
                images=expected_images(intent.stack),
            )

    def _tried(self, mutants: Mapping[str, Sequence[Mutant]], realms: Mapping[str, Realm]) -> list[Trial]:
        """Realm beside realm, and at last the one whose changes every other would feel."""
        beside = {name: found for name, found in mutants.items() if name != WHOLE}
        alone = {name: found for name, found in mutants.items() if name == WHOLE}
        return self._side_by_side(beside, realms) + self._side_by_side(alone, realms)

    def _side_by_side(self, mutants: Mapping[str, Sequence[Mutant]], realms: Mapping[str, Realm]) -> list[Trial]:
        with ThreadPoolExecutor(self.jobs) as pool:
            longest_first = sorted(mutants, key=lambda name: -len(mutants[name]))
            futures = [pool.submit(self._in_turn, realms[name], mutants[name]) for name in longest_first]
            try:
                return [trial for future in futures for trial in future.result()]
            except BaseException:
                self.stopped.set()  # each realm ends the trial it is at, and with that undoes its mutant
                raise

    def _in_turn(self, realm: Realm, mutants: Sequence[Mutant]) -> list[Trial]:
        trials = []
        for mutant in mutants:
            if self.stopped.is_set():
                break
            trials.append(realm.attempt(mutant))
            with self.reporting:
                self.report(trials[-1])
        return trials


def _not_run(mutant: Mutant, ground: Ground) -> Trial:
    return Trial.of(mutant, Outcome.NOT_RUN, f"{ground.intent.stack.name} has no {mutant.change.needs}")


def _require_silence(results: Sequence[Result]) -> None:
    """A finding from before would hide what a mutant adds to it."""
    accepted = load_suppressions()
    loud = [each for each in louder((), results) if not any(other.matches(each) for other in accepted)]
    if loud:
        found = "; ".join(f"{each.rule} on {each.object}: {each.message}" for each in loud[:3])
        raise CannotCheck(f"before any change the verifier reports {len(loud)} times, such as {found}", "aqdata verify")
