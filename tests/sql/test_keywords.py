"""The words that need quotes."""

from pglast.keywords import RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

from sql.keywords import KEYWORDS


def test_they_are_those_of_postgresqls_own_parser() -> None:
    assert KEYWORDS == RESERVED_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS
