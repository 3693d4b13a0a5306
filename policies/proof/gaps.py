"""Why an expression has no value: the prover does not model it, or PostgreSQL refuses it whatever the rows are."""


class Unmodelled(Exception):
    """A construct whose meaning the prover does not know exactly; it never becomes part of a proof."""

    def __init__(self, construct: str) -> None:
        super().__init__(construct)
        self.construct = construct


class Refused(Exception):
    """A statement that fails before it reads a row: no privilege, or a policy that needs itself."""
