"""What the resource of a changelog reads back."""

from infra.provider.changelog import in_declared_order


def test_a_repeatable_changeset_that_ran_again_is_where_it_is_declared() -> None:
    recorded = {"0001_a": "1", "9100_c": "3", "9000_b": "2", "0002_new": "4"}
    found = in_declared_order(recorded, ["0001_a", "0002_new", "9000_b", "9100_c"])
    assert [each["id"] for each in found] == ["0001_a", "0002_new", "9000_b", "9100_c"]


def test_what_is_missing_or_unknown_is_a_difference() -> None:
    found = in_declared_order({"0001_a": "1", "9999_strange": "9"}, ["0001_a", "0002_b"])
    assert found == [{"id": "0001_a", "checksum": "1"}, {"id": "9999_strange", "checksum": "9"}]
