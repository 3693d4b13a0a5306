"""Catalogs to prove or to compare: of a deployed stack, of the checkout, of a git revision, of an SQL file."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cli.rendered import scripts_of
from cli.stack_access import StackAccess
from cli.verifier_access import verifier_access
from infra.model.errors import ConfigurationError
from infra.model.intent import Intent
from infra.model.loading import ROOT, load_services, stack_names
from policies.facts.catalog import Catalog
from policies.sources.live.access import Access
from policies.sources.live.catalog import read_catalog
from policies.sources.rendered_sql import Script, read_sql
from sql.render import FOLDER

VERIFIER = "verifier"
Catalogs = Mapping[str, Catalog]


def deployed(access: StackAccess, intent: Intent) -> Catalogs:
    """The catalog of every instance of a deployed stack. Raises CannotCheck where one does not answer."""
    with verifier_access(intent, access.outputs()) as verifier:
        return {name: _read(verifier, name) for name in intent.stack.instances}


def _read(verifier: Access, instance: str) -> Catalog:
    with verifier.connect(instance, VERIFIER) as connection:
        return read_catalog(connection, instance)


def rendered(intent: Intent, folder: Path = FOLDER) -> Catalogs:
    """What the changelogs of a folder make of every instance of the stack."""
    return {name: read_sql(scripts_of(intent, name, folder), name) for name in intent.stack.instances}


def named(reference: str, intent: Intent, chosen: StackAccess) -> Catalogs:
    """The catalogs of `.` (the checkout), a stack, an SQL file run after the checkout's, or a git revision.

    The `chosen` stack is found by its own file and state, every other one by what the checkout says of it.
    """
    if reference == ".":
        return rendered(intent)
    if reference == chosen.name:
        return deployed(chosen, intent)
    if reference in stack_names():
        return deployed(StackAccess(reference), intent)
    if Path(reference).is_file():
        return _with_file(Path(reference), intent)
    return _at_revision(reference, intent)


def _with_file(path: Path, intent: Intent) -> Catalogs:
    """The checkout's SQL with the file run after it, by the superuser, on every instance.

    A statement that one instance can follow need not make sense on the others, which lack its objects.
    """
    extra = Script(str(path), path.read_text(encoding="utf-8"))
    read = {name: read_sql([*scripts_of(intent, name), extra], name) for name in intent.stack.instances}
    nowhere = frozenset.intersection(*(frozenset(catalog.unmodelled) for catalog in read.values()))
    return {
        name: replace(catalog, unmodelled=tuple(text for text in catalog.unmodelled if text in nowhere))
        for name, catalog in read.items()
    }


def _at_revision(revision: str, intent: Intent) -> Catalogs:
    with _exported(revision) as folder:
        services = load_services(folder / "infra" / "services")
        return rendered(Intent.of(services, intent.stack), folder / "sql")


@contextmanager
def _exported(revision: str) -> Iterator[Path]:
    """The revision's SQL and services in a temporary folder."""
    command = ["git", "archive", "--format=tar", revision, "sql", "infra/services"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode().strip().splitlines()[-1:]
        raise ConfigurationError(
            f"'{revision}' is no stack, no file and no git revision with SQL: {''.join(reason)}",
            "name a stack, a file, `.` for the checkout, or a revision such as HEAD~1",
        )
    with tempfile.TemporaryDirectory(prefix="aqdata-") as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)
