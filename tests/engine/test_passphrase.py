"""Pulumi's passphrase provider, checked against values that the Pulumi CLI wrote."""

import pytest

from infra.engine.embedded import passphrase
from infra.engine.embedded.passphrase import Crypter, from_environment
from infra.model.errors import AuthenticationError

PHRASE = "official-check"
SALT = "v1:3vaZ918vLuY=:v1:vpa05H4VLE4zfonk:ESF2E7JC+AdyUoB9IcA0jJPyV5D8Lw=="
CIPHERTEXT = "v1:+0D1OOHg+/JsxXWe:SrtjXiN8+IFl15QN8Afglv+ahG7gsw=="
PLAINTEXT = '"hush"'


def test_reads_what_the_pulumi_cli_wrote() -> None:
    assert Crypter(lambda: PHRASE, SALT).decrypt(CIPHERTEXT) == PLAINTEXT


def test_rounds_are_those_of_the_pulumi_cli() -> None:
    assert passphrase.ROUNDS == 1_000_000


def test_reads_what_it_wrote() -> None:
    writer = Crypter(lambda: "x")
    text = writer.encrypt("hush")
    assert text.startswith("v1:")
    assert Crypter(lambda: "x", writer.salt).decrypt(text) == "hush"


def test_one_text_is_never_encrypted_twice_alike() -> None:
    crypter = Crypter(lambda: "x")
    assert crypter.encrypt("hush") != crypter.encrypt("hush")


def test_a_wrong_passphrase_is_found_out_by_the_salt() -> None:
    salt = Crypter(lambda: "x").salt
    with pytest.raises(AuthenticationError, match="incorrect passphrase"):
        Crypter(lambda: "y", salt).encrypt("hush")


def test_a_damaged_ciphertext_is_told() -> None:
    crypter = Crypter(lambda: "x")
    with pytest.raises(AuthenticationError, match="cannot be decrypted"):
        crypter.decrypt(crypter.encrypt("hush")[:-8] + "AAAAAAA=")


def test_a_malformed_salt_is_told() -> None:
    with pytest.raises(AuthenticationError, match="malformed"):
        Crypter(lambda: "x", "v2:nonsense").encrypt("hush")


def test_the_environment_holds_the_passphrase_or_names_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("phrase") / "phrase"
    path.write_text("from file\n")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(path))
    assert from_environment() == "from file"
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert from_environment() == ""


def test_a_passphrase_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/nowhere/phrase")
    with pytest.raises(AuthenticationError, match="/nowhere/phrase"):
        from_environment()
