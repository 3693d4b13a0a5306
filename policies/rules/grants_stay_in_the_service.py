"""A service's relations grant nothing to other services' roles.

What: in a service's schema only its own app, readonly and owner have privileges; the verifier may read Liquibase's
    two tables.
Why: services on one server share its roles; a grant across is a data path that no interface shows.
Fix: `REVOKE ALL ON <relation> FROM <role>;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.5", "PCI DSS 7.2", "seed: schema per service")
BAD = """
CREATE ROLE other_app NOLOGIN;
GRANT SELECT ON shop.orders TO other_app;
"""
GOOD = """
CREATE TABLE shop.databasechangelog (id text);
ALTER TABLE shop.databasechangelog OWNER TO shop_owner;
GRANT SELECT ON shop.databasechangelog TO verifier;
"""


def check(subject: ServiceRelation) -> Iterator[str]:
    service = subject.service
    own = {service.owner, subject.relation.owner, service.app, service.readonly, PUBLIC}
    if subject.is_bookkeeping:
        own = {*own, "verifier"}
    for grant in subject.relation.acl:
        if grant.grantee not in own:
            yield f"{grant.grantee} has {grant.privilege}"
