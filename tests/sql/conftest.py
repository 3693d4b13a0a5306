"""The shared server, and the changelogs of the checkout."""

import pytest

from infra.model.loading import load_services
from infra.model.service import Service
from tests.servers.postgres import postgres, signed_postgres

__all__ = ["postgres", "signed_postgres"]


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """Every declared service."""
    return load_services()
