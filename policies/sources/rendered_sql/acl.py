"""Access control lists as GRANT and REVOKE change them."""

from collections.abc import Iterable

from policies.facts.access import PUBLIC, Acl, Grant

ALL: dict[str, tuple[str, ...]] = {
    "table": ("INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "column": ("INSERT", "SELECT", "UPDATE", "REFERENCES"),
    "sequence": ("SELECT", "UPDATE", "USAGE"),
    "function": ("EXECUTE",),
    "schema": ("USAGE", "CREATE"),
    "database": ("CREATE", "TEMPORARY", "CONNECT"),
    "language": ("USAGE",),
    "type": ("USAGE",),
}
_PUBLIC: dict[str, tuple[str, ...]] = {
    "function": ("EXECUTE",),
    "database": ("TEMPORARY", "CONNECT"),
    "language": ("USAGE",),
    "type": ("USAGE",),
}


def initial(kind: str, owner: str) -> Acl:
    """What an object of this kind grants before anybody grants anything."""
    public = tuple(Grant(PUBLIC, privilege, False, owner) for privilege in _PUBLIC.get(kind, ()))
    return (*public, *(Grant(owner, privilege, False, owner) for privilege in ALL[kind]))


def granted(acl: Acl, additions: Iterable[Grant]) -> Acl:
    """The list with these grants, each grantee and privilege once."""
    merged = {(grant.grantee, grant.privilege): grant for grant in acl}
    for grant in additions:
        known = merged.get((grant.grantee, grant.privilege))
        if known is None or grant.grantable:
            merged[grant.grantee, grant.privilege] = grant
    return tuple(merged.values())


def revoked(acl: Acl, grantees: Iterable[str], privileges: Iterable[str], *, option_only: bool = False) -> Acl:
    """The list without these grants, or with `option_only` without the right to pass them on."""
    gone = {(grantee, privilege) for grantee in grantees for privilege in privileges}
    if not option_only:
        return tuple(grant for grant in acl if (grant.grantee, grant.privilege) not in gone)
    return tuple(
        Grant(grant.grantee, grant.privilege, False, grant.grantor)
        if (grant.grantee, grant.privilege) in gone
        else grant
        for grant in acl
    )


def owned_by(acl: Acl, old: str, new: str) -> Acl:
    """The list after the object changed hands."""

    def renamed(role: str) -> str:
        return new if role == old else role

    moved = (Grant(renamed(grant.grantee), grant.privilege, grant.grantable, renamed(grant.grantor)) for grant in acl)
    return granted((), moved)
