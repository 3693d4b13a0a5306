"""`aqdata env`: settings that an application can use as they are."""

import json
from pathlib import Path

import psycopg
import pytest
import yaml

from cli.application import FORMATS, MASK, application
from infra.model.loading import load_services
from tests.cli.sql.conftest import Command, outputs_of
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("spelling", list(FORMATS))
def test_no_format_shows_a_secret_unless_asked(
    aqdata: Command, postgres: PostgresServer, database: str, spelling: str
) -> None:
    secrets = [postgres.passwords["media_service_app"], "redis-secret", "s3-secret"]
    code, masked, _ = aqdata("env", "media_service", "--format", spelling)
    assert code == 0
    assert MASK in masked
    assert not [secret for secret in secrets if secret in masked]
    shown = aqdata("env", "media_service", "--format", spelling, "--show-secrets")[1]
    assert [secret for secret in secrets if secret in shown] == secrets


def test_dotenv_lets_libpq_connect(
    aqdata: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    authority = tmp_path / "ca.pem"
    _, out, _ = aqdata("env", "event_service", "--show-secrets", "--authority", str(authority))
    for name, value in (line.split("=", 1) for line in out.splitlines()):
        monkeypatch.setenv(name, value)
    with psycopg.connect("") as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == (
            "event_service_app",
            database,
        )


def test_spring_has_a_data_source_and_the_cache_over_tls(postgres: PostgresServer, database: str) -> None:
    found = application(load_services()["event_service"], outputs_of(postgres, database), "/ca.pem", show_secrets=False)
    settings = yaml.safe_load(FORMATS["spring"](found))
    primary = settings["spring"]["datasource"]
    assert primary["url"].startswith("jdbc:postgresql://127.0.0.1:")
    assert primary["url"].endswith("sslmode=verify-full&sslrootcert=/ca.pem")
    assert settings["spring"]["data"]["redis"]["ssl"] == {"enabled": True, "bundle": "aqstream"}


@pytest.mark.parametrize("spelling", list(FORMATS))
def test_the_key_of_a_signed_instance_is_a_secret_of_its_service(
    postgres: PostgresServer, database: str, spelling: str
) -> None:
    outputs, service = outputs_of(postgres, database), load_services()["media_service"]
    outputs["credentials"]["media_service"]["tenantKey"] = "signing-key"
    for shown in (False, True):
        found = application(service, outputs, "/ca.pem", show_secrets=shown)
        assert ("signing-key" in FORMATS[spelling](found)) is shown
    assert "enant" not in FORMATS[spelling](application(service, outputs_of(postgres, database), "/ca.pem", True))


def test_what_a_service_does_not_use_is_left_out(aqdata: Command) -> None:
    assert "s3" not in json.loads(aqdata("env", "event_service", "--format", "json")[1])
    settings = aqdata("env", "event_service")[1]
    assert not [name for name in ("S3_", "READ_ONLY", "POOLED", "SENTINEL") if name in settings]


def test_an_unknown_format_or_service_is_refused(aqdata: Command) -> None:
    assert aqdata("env", "event_service", "--format", "toml")[0] == 2
    assert aqdata("env", "shop_service")[0] == 2
