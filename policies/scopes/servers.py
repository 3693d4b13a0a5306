"""A PostgreSQL server's settings and the lines of its pg_hba."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from infra.model.stack import Instance, Stack
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts, Part
from policies.facts.server import HbaRule
from policies.rule import Scope, Unknown

_SIZES = {"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_TIMES = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_QUANTITY = re.compile(r"(-?[\d.]+)\s*([A-Za-z]*)")


@dataclass(frozen=True)
class ServerSettings:
    """The settings of one server: on the plan plane its configuration file, live what is in force."""

    catalog: Catalog
    instance: Instance
    stack: Stack

    @property
    def address(self) -> str:
        """The instance."""
        return self.catalog.instance

    def values(self, name: str) -> tuple[str, ...]:
        """The value in force and, where one waits for a restart, that one. Raises Unknown where it is not known."""
        found = self.catalog.setting(name)
        if found is None:
            raise Unknown(f"{name} is not known")
        pending = () if found.pending_value is None else (found.pending_value,)
        return (found.value, *pending)

    def expect(self, name: str, *accepted: str) -> Iterator[str]:
        """A message for each value that is not among the accepted ones; booleans match in any spelling."""
        wanted = {_canonical(value) for value in accepted}
        for value in self.values(name):
            if _canonical(value) not in wanted:
                yield f"{name} is '{value}', expected {' or '.join(accepted)}"

    def sizes(self, name: str) -> tuple[float, ...]:
        """Its values in bytes."""
        return tuple(_quantity(name, value, self._unit(name), _SIZES) for value in self.values(name))

    def seconds(self, name: str) -> tuple[float, ...]:
        """Its values in seconds."""
        return tuple(_quantity(name, value, self._unit(name), _TIMES) for value in self.values(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Its values as they are written."""
        return tuple(float(value) for value in self.values(name))

    def lists(self, name: str) -> tuple[set[str], ...]:
        """Its values as sets of words."""
        return tuple({word.strip().strip('"') for word in value.split(",")} - {""} for value in self.values(name))

    def _unit(self, name: str) -> str:
        found = self.catalog.setting(name)
        return (found.unit if found else None) or ""


def _canonical(value: str) -> str:
    lowered = value.lower()
    return {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}.get(lowered, lowered)


def _quantity(name: str, value: str, unit: str, units: Mapping[str, float]) -> float:
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise Unknown(f"{name} is '{value}', no quantity")
    unit = match[2] or unit
    scale, symbol = (float(unit[:-2]), unit[-2:]) if unit[:1].isdigit() else (1.0, unit)
    return float(match[1]) * scale * units.get(symbol, 1)


@dataclass(frozen=True)
class HbaLine:
    """One line of a server's pg_hba."""

    instance: str
    rule: HbaRule

    @property
    def address(self) -> str:
        """`instance pg_hba line N`."""
        return f"{self.instance} pg_hba line {self.rule.line}"

    @property
    def is_remote(self) -> bool:
        """Whether it is about connections over the network."""
        return self.rule.type != "local"


def _settings(facts: Facts) -> Iterator[ServerSettings]:
    for name, catalog in facts.catalogs.items():
        if catalog.settings:
            yield ServerSettings(catalog, facts.intent.stack.instances[name], facts.intent.stack)


def _audited(facts: Facts) -> Iterator[ServerSettings]:
    return (server for server in _settings(facts) if server.instance.audit)


def _lines(facts: Facts) -> Iterator[HbaLine]:
    for name, catalog in facts.catalogs.items():
        yield from (HbaLine(name, rule) for rule in catalog.hba_rules)


def _scope(name: str, part: Part, found: Callable[[Facts], Iterator[ServerSettings]]) -> Scope[ServerSettings]:
    return Scope(name, part, found)


server_settings = _scope("server settings", "settings", _settings)
audited_settings = _scope("settings of audited servers", "settings", _audited)
hba_lines = Scope("lines of pg_hba", "hba", _lines)
