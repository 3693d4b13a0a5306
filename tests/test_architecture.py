"""The layers of the project: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Layer -> what it may import of the project, longest prefix first.
ALLOWED = {
    "infra.model": {"infra.model"},
    "sql": {"sql", "infra.model"},
    "infra": {"infra", "sql"},
    "policies": {"policies", "infra.model"},
    "cli": {"cli", "infra", "sql", "policies"},
}
PROJECT = {"infra", "sql", "policies", "cli", "tests"}


def _modules(layer: str) -> list[Path]:
    folder = ROOT / layer.replace(".", "/")
    return sorted(path for path in folder.rglob("*.py") if layer != "infra" or "model" not in path.parts)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def _is_under(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("layer", ALLOWED)
def test_layer_imports_only_what_lies_below_it(layer: str) -> None:
    modules = _modules(layer)
    assert modules, f"{layer} has no modules"
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in modules
        for module in _imports(path)
        if module.split(".")[0] in PROJECT and not any(_is_under(module, package) for package in ALLOWED[layer])
    ]
    assert wrong == []


def test_only_yaml_lies_in_stacks() -> None:
    assert {path.suffix for path in (ROOT / "stacks").iterdir()} == {".yaml"}


def test_nothing_but_stack_files_knows_environment_names() -> None:
    names = {path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml")} - {"dev"}
    known = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for layer in ("infra", "sql", "policies", "cli")
        for path in (ROOT / layer).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names - {"staging"}
    ]
    assert known == []


def test_no_module_is_longer_than_300_lines() -> None:
    layers = ("infra", "sql", "policies", "cli")
    sizes = {path: len(path.read_text().splitlines()) for layer in layers for path in (ROOT / layer).rglob("*.py")}
    assert {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > 300} == {}
