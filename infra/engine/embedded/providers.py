"""The providers of one operation: loads them, configures them, and manages their own resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import RLock
from uuid import uuid4

from infra.engine.embedded import urn as urns
from infra.engine.embedded.client import Client, Loops
from infra.engine.embedded.diff import Diff
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Checked, Compare
from infra.engine.loading import load
from infra.engine.values import Properties
from infra.model.errors import AqdataError, ResourceError

PROVIDERS: Mapping[str, str] = {
    "aqstream": "infra.provider.plugin:AqstreamProvider",
    "docker": "infra.engine.embedded.docker.provider:DockerProvider",
}
"""Package -> class. Each subclasses the SDK's `pulumi.provider.experimental.provider.Provider`."""

INTERNAL = "__internal"
VERSION = "version"


class PluginFailure(AqdataError):
    """A provider cannot be started."""


class Providers:
    """Configured providers by reference; safe to use from several threads.

    A provider that only the old state knows is configured from there when something needs it.
    """

    def __init__(self, overrides: Mapping[str, str | type], olds: Iterable[Resource] = ()) -> None:
        self._classes = {**PROVIDERS, **overrides}
        self._loops = Loops()
        self._clients: dict[str, Client] = {}
        self._unconfigured: dict[str, Client] = {}
        self._olds = {urns.reference(each.urn, each.id): each for each in olds if each.is_provider}
        self._lock = RLock()

    def client(self, reference: str) -> Client:
        """The provider that a resource names. Raises ResourceError when it was never configured."""
        with self._lock:
            if reference not in self._clients and reference in self._olds:
                self.same(self._olds[reference])
            client = self._clients.get(reference)
        if client is None:
            raise ResourceError(f"the provider {reference} is not known", "register it before the resources it manages")
        return client

    def check(self, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check a provider's own configuration."""
        client = self._start(urns.package_of(urns.type_of(urn)))
        checked = client.check_config(urn, without_internal(olds), without_internal(news))
        self._unconfigured[urn] = client
        kept = {key: news[key] for key in (INTERNAL, VERSION) if key in news}
        return Checked({**checked.inputs, **kept}, checked.failures)

    def diff(self, question: Compare) -> Diff:
        """Whether another configuration makes another provider."""
        reference = urns.reference(question.urn, question.id)
        client = self._unconfigured.get(question.urn) or self.client(reference)
        return client.diff_config(
            question.urn,
            without_internal(question.old_inputs),
            question.old_outputs,
            without_internal(question.new_inputs),
        )

    def compare(self, reference: str, old: Resource, new: Resource) -> Diff:
        """Whether the provider `reference` can manage what one with the configuration of `old` made."""
        inputs = without_internal(old.inputs)
        return self.client(reference).diff_config(new.urn, inputs, old.outputs, without_internal(new.inputs))

    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]:
        """Configure a new provider; gives its id and outputs."""
        resource_id = urns.UNKNOWN_ID if preview else str(uuid4())
        outputs = without_internal(resource.inputs)
        self._configure(resource, urns.reference(resource.urn, resource_id), outputs)
        return resource_id, outputs

    def update(self, resource: Resource, resource_id: str) -> Properties:
        """Configure a provider anew; gives its outputs."""
        outputs = without_internal(resource.inputs)
        self._configure(resource, urns.reference(resource.urn, resource_id), outputs)
        return outputs

    def same(self, resource: Resource) -> None:
        """Configure a provider from its state, unless that was done already."""
        reference = urns.reference(resource.urn, resource.id)
        with self._lock:
            if reference not in self._clients:
                self._configure(resource, reference, without_internal(resource.inputs))

    def close(self) -> None:
        self._loops.close()

    def _configure(self, resource: Resource, reference: str, inputs: Properties) -> None:
        package = urns.package_of(resource.type)
        client = self._unconfigured.pop(resource.urn, None) or self._start(package)
        client.configure(resource.urn, package, inputs)
        with self._lock:
            self._clients[reference] = client

    def _start(self, package: str) -> Client:
        name = self._classes.get(package)
        if name is None:
            raise Unsupported(f"the provider {package}")
        try:
            provider = load(name)() if isinstance(name, str) else name()
        except Exception as error:
            raise PluginFailure(
                f"the provider {package} cannot start: {type(error).__name__}: {error}. Nothing was changed",
                "aqdata doctor",
            ) from error
        return Client(provider, self._loops)


def without_internal(inputs: Properties) -> Properties:
    """A provider's configuration without what only engines care about."""
    return {key: item for key, item in inputs.items() if key != INTERNAL}
