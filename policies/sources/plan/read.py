"""Resources of either engine, or of CrossGuard, into the facts of the plan plane."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.model.intent import Intent
from policies.facts.catalog import Catalog
from policies.facts.containers import Container
from policies.facts.facts import Facts
from policies.facts.resources import Resource
from policies.sources.plan.configuration import defaults, hba_rules, settings
from policies.sources.plan.containers import container_of, network_of

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
FILES = "aqstream:docker:Files"
PIDS = "aqstream:docker:PidsLimit"


def resource_of(planned: Mapping[str, Any]) -> Resource:
    """One resource from a mapping with urn, type, name, inputs, and optionally parent, protect, retainOnDelete."""
    return Resource(
        urn=planned["urn"],
        type=planned["type"],
        name=planned["name"],
        inputs=planned["inputs"],
        parent=planned.get("parent"),
        protect=bool(planned.get("protect")),
        retain_on_delete=planned.get("retainOnDelete", False),
    )


def read_plan(planned: Iterable[Mapping[str, Any]], intent: Intent) -> Facts:
    """The facts of the plan plane; secrets are expected masked, unknown values absent."""
    resources = tuple(map(resource_of, planned))
    return Facts(
        "plan",
        intent,
        catalogs={catalog.instance: catalog for catalog in _catalogs(resources, intent)},
        containers=tuple(_containers(resources)),
        networks=tuple(network_of(each) for each in resources if each.type == NETWORK),
        resources=resources,
    )


def _containers(resources: tuple[Resource, ...]) -> Iterator[Container]:
    limits = {each.name.removesuffix("-pids"): each.inputs.get("pids", 0) for each in resources if each.type == PIDS}
    for resource in resources:
        if resource.type == CONTAINER:
            yield container_of(resource, int(limits.get(resource.name) or 0))


def _catalogs(resources: tuple[Resource, ...], intent: Intent) -> Iterator[Catalog]:
    """For each instance its settings and pg_hba, as its configuration files will say."""
    for resource in resources:
        instance = resource.name.removesuffix("-files")
        if resource.type == FILES and instance in intent.stack.instances:
            files = resource.inputs.get("files") or {}
            yield Catalog(
                instance=instance,
                database="aqstream",
                settings=(*defaults(), *settings(str(files.get("postgresql.conf", "")))),
                hba_rules=hba_rules(str(files.get("pg_hba.conf", ""))),
            )
