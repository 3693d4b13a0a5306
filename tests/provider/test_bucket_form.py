"""What a plan says of a bucket's lifecycle is what the server is told."""

import pytest

from infra.provider.bucket_content import lifecycle_document, lifecycle_sentences
from infra.provider.bucket_form import lifecycle_promise


@pytest.mark.parametrize("days", [None, 1, 30])
def test_the_promise_is_what_the_document_comes_to(days: int | None) -> None:
    assert lifecycle_promise(days) == lifecycle_sentences(lifecycle_document(days))
