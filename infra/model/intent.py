"""All services on one stack: what should hold there, whoever looks."""

from infra.model.declaration import Declaration
from infra.model.errors import ConfigurationError
from infra.model.service import Service
from infra.model.stack import Instance, Stack


class Intent(Declaration):
    """The declared data layer of one stack."""

    services: dict[str, Service]
    stack: Stack

    @classmethod
    def of(cls, services: dict[str, Service], stack: Stack) -> "Intent":
        """Raises ConfigurationError where services and stack do not fit."""
        for service in services.values():
            if service.instance not in stack.instances:
                known = ", ".join(stack.instances)
                raise ConfigurationError(
                    f"infra/services/{service.name}.yaml: instance: '{service.instance}' is no instance; "
                    f"expected one of {known}",
                    "name a declared instance, or declare it under 'instances' in stacks/defaults.yaml",
                )
        _require_unique_shorts(services)
        return cls(services=services, stack=stack)

    def services_on(self, instance: str) -> list[Service]:
        """The services whose schema lives on the instance, by name."""
        return [service for _, service in sorted(self.services.items()) if service.instance == instance]

    def only(self, instance: str) -> "Intent":
        """The same with this instance and its services alone."""
        stack = self.stack.model_copy(update={"instances": {instance: self.stack.instances[instance]}})
        services = {service.name: service for service in self.services_on(instance)}
        return self.model_copy(update={"stack": stack, "services": services})

    def instance_of(self, service: Service) -> Instance:
        """The instance that holds the service's schema."""
        return self.stack.instances[service.instance]


def _require_unique_shorts(services: dict[str, Service]) -> None:
    owners: dict[str, str] = {}
    for service in services.values():
        if service.short in owners:
            raise ConfigurationError(
                f"infra/services/{service.name}.yaml: short: '{service.short}' is also {owners[service.short]}'s",
                "short names stand in cache keys, so each service needs its own",
            )
        owners[service.short] = service.name
