"""Names that become SQL identifiers or physical names, checked where they are declared."""

from typing import Annotated

from pydantic import StringConstraints

SqlName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)]
"""A lower-case SQL identifier that needs no quotes; 50 bytes leave room for `_migrator` and index suffixes
below PostgreSQL's limit of 63 (NAMEDATALEN - 1)."""

PhysicalName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
"""A name of an instance, network, bucket or stack: also valid as a DNS label."""
