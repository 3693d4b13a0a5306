"""What a login tried on the cache or the object store, and what came of it."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "refused", "error"]


@dataclass(frozen=True, slots=True)
class StorageProbe:
    """One operation: `target` is a key, a channel or `bucket/key`; `is_own` whether the intent gives it to the login.

    `error` is an answer that says nothing about rights, such as a timeout.
    """

    login: str
    operation: str
    target: str
    owner: str
    is_own: bool
    outcome: Outcome
    message: str = ""
