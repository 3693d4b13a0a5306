"""YAML files into declarations, with errors that name the file, the key and what was expected."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from infra.model.declaration import Declaration
from infra.model.errors import ConfigurationError

D = TypeVar("D", bound=Declaration)


class _UniqueKeys(yaml.CSafeLoader):
    """YAML's safe subset, which also refuses a key given twice."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    keys = [loader.construct_object(key) for key, _ in node.value]
    for position, key in enumerate(keys):
        if key in keys[:position]:
            mark = node.value[position][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key}' is given twice", mark)
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """The file's mapping. Raises ConfigurationError with file, line and column where it is not one."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 safe subset
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text", "save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        where = f":{error.problem_mark.line + 1}:{error.problem_mark.column + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{path}{where}: {error.problem}", "correct the YAML") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: {error}", "correct the YAML") from error
    if not isinstance(content, Mapping):
        raise ConfigurationError(f"{path}: expected a mapping of keys to values", "see stacks/defaults.yaml")
    return dict(content)


def validate(kind: type[D], content: Mapping[str, Any], source: str) -> D:
    """The declaration of this kind. Raises ConfigurationError listing each wrong key of `source`."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = [_line(source, kind, problem) for problem in error.errors(include_url=False)]
        raise ConfigurationError("\n".join(lines), f"correct {source}") from error


def _line(source: str, kind: type[D], problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    where = f"{source}: {key}: " if key else f"{source}: "
    if problem["type"] == "extra_forbidden":
        return f"{where}unknown key; expected one of {', '.join(_keys_beside(kind, problem['loc']))}"
    if problem["type"] == "missing":
        return f"{where}is missing"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{where}{message}, got {problem['input']!r}" if problem["type"] != "value_error" else f"{where}{message}"


def _keys_beside(kind: type[Declaration], location: tuple[str | int, ...]) -> list[str]:
    fields: Any = kind
    for part in location[:-1]:
        if isinstance(fields, type) and issubclass(fields, Declaration):
            by_alias = {field.alias: field.annotation for field in fields.model_fields.values()}
            fields = by_alias.get(str(part))
        else:
            fields = fields.__args__[-1]
    return sorted(str(field.alias) for field in fields.model_fields.values())
