"""What a build step sees of the host: its folder, proxies, and CA bundle where it is asked for."""

import tarfile
from pathlib import Path

from infra.images.catalogue import Recipe, RecipeFile
from infra.images.context import HOST_CERTIFICATES, archive, host_certificates, proxy_arguments


def _recipe(dockerfile: str) -> Recipe:
    files = (RecipeFile("Dockerfile", dockerfile.encode()), RecipeFile("run", b"#!/bin/sh\n", executable=True))
    return Recipe("x", files)


def _members(recipe: Recipe) -> dict[str, int]:
    with tarfile.open(fileobj=archive(recipe)) as tar:
        return {member.name: member.mode for member in tar.getmembers()}


def test_files_keep_only_whether_they_are_executable() -> None:
    assert _members(_recipe("FROM scratch\n")) == {"Dockerfile": 0o644, "run": 0o755}


def test_the_same_folder_gives_the_same_bytes() -> None:
    recipe = _recipe("FROM scratch\n")
    assert archive(recipe).getvalue() == archive(recipe).getvalue()


def test_the_hosts_certificates_are_added_only_when_copied() -> None:
    assert HOST_CERTIFICATES in _members(_recipe("FROM scratch\nCOPY host-ca.pem /ca\n"))
    assert HOST_CERTIFICATES not in _members(_recipe("FROM scratch\n"))


def test_the_bundle_a_user_names_wins(tmp_path: Path) -> None:
    bundle = tmp_path / "corporate.pem"
    bundle.write_bytes(b"certificates")
    assert host_certificates({"SSL_CERT_FILE": str(bundle)}) == b"certificates"


def test_proxies_are_passed_on_and_nothing_else() -> None:
    environment = {"https_proxy": "http://proxy:3128", "http_proxy": "", "AWS_SECRET_ACCESS_KEY": "x"}
    assert proxy_arguments(environment) == {"https_proxy": "http://proxy:3128"}
