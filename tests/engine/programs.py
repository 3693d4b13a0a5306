"""Resources for small programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

Program = Callable[[], object]


class Thing(pulumi.CustomResource):
    """A resource of the fake provider; `made` is its id, known only once it exists."""

    made: pulumi.Output[str]

    def __init__(
        self, name: str, inputs: Mapping[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fake:index:Thing", name, {"made": None, **(inputs or {})}, opts)


class Group(pulumi.ComponentResource):
    """A component with things inside."""

    def __init__(
        self, name: str, inner: Mapping[str, Mapping[str, Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fake:index:Group", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.things = {each: Thing(each, inputs, child) for each, inputs in inner.items()}
        self.register_outputs({each: thing.made for each, thing in self.things.items()})


class Provider(pulumi.ProviderResource):
    """An explicit provider."""

    def __init__(self, name: str, inputs: Mapping[str, Any] | None = None) -> None:
        super().__init__("fake", name, inputs or {})
