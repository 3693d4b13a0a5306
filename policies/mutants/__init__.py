"""Misconfigurations, one file each, that a verifier has to notice, and changes that it has to leave alone."""
