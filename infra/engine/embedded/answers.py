"""Answers the questions of planning by asking the provider each is for."""

from __future__ import annotations

import os

from infra.engine.embedded import urn as urns
from infra.engine.embedded.client import RANDOM_SEED_BYTES
from infra.engine.embedded.diff import Diff
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.step import Answer, Check, Checked, Compare, Question


def answer(providers: Providers, question: Question) -> Answer:
    """The answer of the provider, or of `providers` where the question is about a provider's own resource."""
    if isinstance(question, Check):
        return _check(providers, question)
    if isinstance(question, Compare):
        return _compare(providers, question)
    return providers.compare(question.new, question.old_resource, question.new_resource)


def _check(providers: Providers, question: Check) -> Checked:
    if urns.is_provider_type(urns.type_of(question.urn)):
        return providers.check(question.urn, question.old_inputs, question.new_inputs)
    client = providers.client(question.provider)
    return client.check(question.urn, question.old_inputs, question.new_inputs, os.urandom(RANDOM_SEED_BYTES))


def _compare(providers: Providers, question: Compare) -> Diff:
    if urns.is_provider_type(urns.type_of(question.urn)):
        return providers.diff(question)
    return providers.client(question.provider).diff(question)
