"""`aqdata objects history` and `restore` on a deployed stack."""

import io
import json
import time
from datetime import UTC, datetime

import pytest
from minio import Minio

from infra.model.object_access import PROBE_TENANT
from tests.backup.on_stack import s3_client
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
PLACE = ("media_service", "media-documents", f"{PROBE_TENANT}/")
NAME = f"{PROBE_TENANT}/poster"


@pytest.fixture
def media(backed_up: StackUnderTest) -> Minio:
    """The service's own client."""
    return s3_client(backed_up, backed_up.outputs()["credentials"]["media_service"]["s3"])


def test_an_overwritten_and_deleted_object_is_listed_and_brought_back(backed_up: StackUnderTest, media: Minio) -> None:
    media.put_object(PLACE[1], NAME, io.BytesIO(b"first"), 5)
    time.sleep(1)
    moment = datetime.now(UTC).isoformat()
    time.sleep(1)
    media.put_object(PLACE[1], NAME, io.BytesIO(b"second"), 6)
    media.remove_object(PLACE[1], NAME)
    listed = backed_up.command("objects", "history", *PLACE, "--at", moment, "--json")
    assert listed.returncode == 0, listed.stderr
    assert [(each["object"], each["state"]) for each in json.loads(listed.stdout)] == [(NAME, "deleted")]
    planned = backed_up.command("objects", "restore", *PLACE, "--to", moment, "--plan")
    assert "1 of 1 objects would be brought back" in planned.stderr
    restored = backed_up.command("objects", "restore", *PLACE, "--to", moment)
    assert restored.returncode == 0, restored.stderr
    assert media.get_object(PLACE[1], NAME).read() == b"first"


@pytest.mark.parametrize(
    ("moment", "step"),
    [("nonsense", "for example"), ("2001-01-01", "name a later moment"), ("2999-01-01", "name an earlier one")],
)
def test_a_moment_that_is_not_kept_is_refused(backed_up: StackUnderTest, moment: str, step: str) -> None:
    refused = backed_up.command("objects", "restore", *PLACE, "--to", moment)
    assert refused.returncode == 2
    assert refused.stderr.count("error:") == 1
    assert step in refused.stderr
