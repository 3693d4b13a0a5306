"""Rules of two threads are judged one after the other: the solver's terms are of one context."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from infra.model.loading import load_intent
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import Scope, load_rules

_BUSY = threading.Lock()


def alone(_: Any) -> Iterator[str]:
    if not _BUSY.acquire(blocking=False):
        yield "another thread judges"
        return
    time.sleep(0.05)
    _BUSY.release()


def test_threads_judge_one_after_the_other() -> None:
    scope: Scope[Any] = Scope("things", "catalog", lambda _: [SimpleNamespace(address="thing")])
    rule = replace(load_rules()[0], scope=scope, planes=("live",), check=alone)
    facts = Facts("live", load_intent("dev"))
    with ThreadPoolExecutor(4) as pool:
        judged = list(pool.map(lambda _: evaluate([rule], facts), range(4)))
    assert [result.verdict for results in judged for result in results] == [Verdict.PASS] * 4
