"""Checksums are those that Liquibase 4.33 wrote for the same SQL."""

import pytest

from sql.checksum import checksum_of


@pytest.mark.parametrize(
    ("sql", "checksum"),
    [
        ("SELECT 1;", "9:0a7ed49c904abc7110aa09324b49f106"),
        ("SELECT 'Größe – ½';\n\tSELECT 2;", "9:751a62e988cfde1f84c2a37c7eee7d87"),
    ],
)
def test_a_checksum_is_liquibases(sql: str, checksum: str) -> None:
    assert checksum_of(sql) == checksum


def test_blanks_do_not_count() -> None:
    assert checksum_of("SELECT 1;\r\n") == checksum_of(" SELECT\t1; ")
