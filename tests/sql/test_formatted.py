"""Formatted SQL says exactly what it says, or is refused with its line."""

import pytest

from infra.model.errors import ConfigurationError
from infra.model.service import Service
from sql.formatted import parse, render_formatted
from tests.sql.samples import changelog, changeset

PATH = "shop/0001_orders.sql"


def test_a_changeset_keeps_its_attributes() -> None:
    text = (
        "--changeset aqstream:one runOnChange:true runInTransaction:false\n--comment: why\n"
        "--exception no-drop: nobody reads it\nSELECT 1;\n\nSELECT 2;\n--rollback SELECT 3;\n--rollback SELECT 4;\n"
    )
    (one,) = parse(text, PATH)
    assert (one.id, one.comment, one.run_on_change, one.run_in_transaction) == ("one", "why", True, False)
    assert one.exceptions == {"no-drop": "nobody reads it"}
    assert one.sql == "--exception no-drop: nobody reads it\nSELECT 1;\n\nSELECT 2;"
    assert one.rollback == "SELECT 3;\nSELECT 4;"


def test_what_is_written_is_read_back_the_same(services: dict[str, Service]) -> None:
    written = render_formatted(changelog(services["media_service"], [changeset("SELECT 1;", "SELECT 2;\nSELECT 3;")]))
    assert written.startswith("--liquibase formatted sql\n")
    assert "--rollback SELECT 2;\n--rollback SELECT 3;" in written


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;", "rendered line 1: SQL before"),
        ("--changeset aqstream:a runAlways:true\nSELECT 1;", "'runAlways:true'; expected runOnChange"),
        ("--changeset aqstream:a\n--rollback SELECT 1;", "changeset 'a' has no SQL"),
        ("--changeset aqstream:a\nSELECT 1;", "changeset 'a' has no rollback"),
        ("--changeset aqstream:a\nSELECT '${x}';\n--rollback SELECT 1;", "which Liquibase would expand"),
        ("--changeset aqstream:a\n-- rollback SELECT 1;\nSELECT 1;", "rendered line 2"),
        ("--changeset aqstream:a\n--preconditions onFail:HALT\nSELECT 1;", "rendered line 2"),
        ("--changeset aqstream:a\n/* liquibase rollback\nSELECT 1; */\nSELECT 1;", "rendered line 2"),
        ("--changeset aqstream:A b\nSELECT 1;", "rendered line 1"),
    ],
)
def test_another_form_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as refused:
        parse(text, PATH)
    assert refused.value.message.startswith("sql/shop/0001_orders.sql.j2")
