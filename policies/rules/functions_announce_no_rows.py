"""No function tells every session what one tenant did.

What: no function in a service's schema sends notifications, with NOTIFY or `pg_notify`.
Why: every login of the database may LISTEN, and gets the payload of all tenants; no policy and no privilege is asked.
Fix: put the change into a table with row security, or into the service's message queue, and drop the function.
"""

import re
from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 8",)
BAD = """
CREATE FUNCTION shop.announce() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$BEGIN PERFORM pg_notify('orders', NEW.id::text); RETURN NEW; END$$;
"""
GOOD = """
CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$BEGIN NEW.placed_at := now(); RETURN NEW; END$$;
"""
_SENDS = re.compile(r"\bpg_notify\s*\(|\bNOTIFY\b", re.IGNORECASE)


def check(function: MadeFunction) -> Iterator[str]:
    if _SENDS.search(f"{function.function.source} {function.function.definition}"):
        yield "sends notifications, which every session may hear"
