"""What a restore says when recovery ends before its target."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.backup.restore.recovery import await_promotion
from infra.model.errors import ResourceError

NOT_REACHED = "2026-03-01 12:00:09 UTC [1] FATAL:  recovery ended before configured recovery target was reached\n"
LAST = "2026-03-01 12:00:09 UTC [1] LOG:  last completed transaction was at log time 2026-03-01 11:59:58.123456+00\n"


def refusal(log: str) -> ResourceError:
    server: Any = SimpleNamespace(name="copy", status="exited", reload=lambda: None, logs=lambda **_: log.encode())
    with pytest.raises(ResourceError) as refused:
        await_promotion(cast(Any, server))
    return refused.value


def test_the_last_transaction_that_is_archived_is_named() -> None:
    refused = refusal(LAST + NOT_REACHED)
    assert refused.message.endswith("recovery ended before configured recovery target was reached")
    assert "the last one archived there is of 2026-03-01 11:59:58.123456 UTC" in refused.hint
    assert "`--to latest`" in refused.hint


def test_without_any_transaction_the_way_out_is_named_all_the_same() -> None:
    assert "`--to latest`" in refusal(NOT_REACHED).hint


def test_another_reason_leads_to_the_window() -> None:
    assert "backup window" in refusal("FATAL:  requested timeline 3 is not a child\n").hint
