"""Templates render to the same text every time, and what they lack is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.model.errors import ConfigurationError
from infra.model.loading import load_intent
from infra.model.service import Service
from sql.changelog import Changelog
from sql.identifier import identifier, literal
from sql.render import FOLDER, render_bootstrap, render_changelog


def test_every_service_has_a_changelog_with_its_tables(services: dict[str, Service]) -> None:
    for service in services.values():
        text = "\n".join(changeset.sql for changeset in render_changelog(service).changesets)
        for table in service.tables:
            assert f"CREATE TABLE {service.schema_name}.{table} (" in text


def test_every_folder_with_changes_belongs_to_a_service(services: dict[str, Service]) -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/[0-9]*.sql.j2")}
    assert folders - {"every_service"} == {service.schema_name for service in services.values()}


def test_every_file_is_numbered_and_is_the_changeset_of_that_number(services: dict[str, Service]) -> None:
    for service in services.values():
        for changeset in render_changelog(service).changesets:
            assert changeset.id[:5] == Path(changeset.path).name[:5]


def test_rendering_twice_gives_the_same_checksums(services: dict[str, Service]) -> None:
    for service in services.values():
        assert render_changelog(service).checksums == render_changelog(service).checksums


def test_two_changesets_of_one_id_are_refused(services: dict[str, Service]) -> None:
    changelog = render_changelog(services["event_service"])
    with pytest.raises(ConfigurationError, match=r"changeset '0000_functions' is there 2 times"):
        replace(changelog, changesets=changelog.changesets + changelog.changesets[:1])


def _service_with(folder: Path, text: str, service: Service) -> Changelog:
    (folder / service.schema_name).mkdir()
    (folder / service.schema_name / "0001_sample.sql.j2").write_text(text)
    return render_changelog(service, folder=folder)


def test_an_unknown_variable_is_named_with_its_file(tmp_path: Path, services: dict[str, Service]) -> None:
    with pytest.raises(ConfigurationError, match=r"sql/media_service/0001_sample.sql.j2: 'retention' is undefined"):
        _service_with(tmp_path, "--changeset aqstream:a\nSELECT {{ retention }};", services["media_service"])


def test_a_broken_template_is_named_with_its_line(tmp_path: Path, services: dict[str, Service]) -> None:
    with pytest.raises(ConfigurationError, match=r"sql/media_service/0001_sample.sql.j2:2: "):
        _service_with(tmp_path, "--changeset aqstream:a\n{% for %}", services["media_service"])


def test_the_context_reaches_the_template(tmp_path: Path, services: dict[str, Service]) -> None:
    folder = tmp_path / "media_service"
    folder.mkdir()
    (folder / "0001_sample.sql.j2").write_text("--changeset aqstream:a\nSELECT {{ days }};\n--rollback SELECT 1;")
    (changeset,) = render_changelog(services["media_service"], {"days": 7}, tmp_path).changesets
    assert changeset.sql == "SELECT 7;"


@pytest.mark.parametrize("name", ['a"b', "a b", "Tenant", "1a", "", "a;drop"])
def test_a_name_that_needs_quotes_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="lower-case letters"):
        identifier(name)


def test_a_name_of_64_bytes_is_refused_and_of_63_taken() -> None:
    assert identifier("a" * 63) == "a" * 63
    with pytest.raises(ConfigurationError, match="has 64 bytes; PostgreSQL keeps 63"):
        identifier("a" * 64)


def test_a_keyword_is_quoted() -> None:
    assert identifier("user") == '"user"'


def test_a_literal_cannot_end_early() -> None:
    assert literal("it's") == "'it''s'"
    assert literal("\\'") == "E'\\\\'''"


def test_no_password_is_in_the_bootstrap() -> None:
    intent = load_intent("dev")
    for name, instance in intent.stack.instances.items():
        statements = render_bootstrap(instance, name, intent.services_on(name))
        assert "PASSWORD" not in (statements.cluster + statements.database).upper()


def test_an_instance_without_services_can_be_bootstrapped() -> None:
    instance = load_intent("dev").stack.instances["postgres-shared"]
    assert "ARRAY[]::text[]" in render_bootstrap(instance, "empty", []).database
