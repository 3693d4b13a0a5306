"""How the sessions of an instance say whose rows they are about."""

from typing import Literal

from pydantic import Field

from infra.model.declaration import Declaration
from infra.model.quantity import Seconds

TenantContext = Literal["plain", "signed"]


WEEK = 7 * 86400
"""The longest overlap: the server keeps no replaced key for longer."""


class InstanceTenancy(Declaration):
    """The tenant context of an instance.

    `plain`: the setting `app.tenant_id`, which whoever can run SQL may choose. `signed`: a token in
    `app.tenant_token` that only a holder of the instance's key can make; tokens of a key that was replaced stay
    valid for `key_overlap` at most.
    """

    context: TenantContext = "plain"
    key_overlap: Seconds = Field(default=3600, le=WEEK, validate_default=False)

    @property
    def is_signed(self) -> bool:
        """Whether a session has to prove its tenant."""
        return self.context == "signed"
