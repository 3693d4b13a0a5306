"""Typed, frozen facts: what a source saw, in the field's own terms, without any judgement."""
