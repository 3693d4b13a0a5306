"""What the embedded engine does not do, said by name."""

from infra.model.errors import ConfigurationError


class Unsupported(ConfigurationError):
    """The program or the state uses something that only the Pulumi CLI supports."""

    def __init__(self, feature: str) -> None:
        super().__init__(
            f"the embedded engine does not support {feature}",
            "deploy this stack with the Pulumi CLI: install `pulumi`, then run the same command",
        )
