"""The isolation prover: what it calls PROVED cannot be done, given what docs/proof.md lists.

Ask it with `policies.proof.prove.prove(catalog, intent)`; nothing here is imported with the package, because z3 takes
its time.
"""
