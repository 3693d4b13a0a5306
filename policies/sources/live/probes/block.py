"""Many statements in one anonymous block, each in a subtransaction: one message each way, and no refusal in the log.

The server parses, plans and checks them as it does what a client sends, for the same login and role. What fails costs
the others nothing. A block knows no COPY, no time limit of a single statement, and needs USAGE on plpgsql.
"""

import json
import secrets
from collections.abc import Sequence

from policies.sources.live.probes.statements import REACHED, Statement, literal
from policies.sources.live.probes.wire import Reply

_TAG = f"$probe_{secrets.token_hex(8)}$"
_TOLD = "aqdata.told"
READ_TOLD = f"SELECT current_setting('{_TOLD}')"
_UNDONE = "AQ000"
"""An SQLSTATE of the block's own: raising it takes back what a statement did, and leaves variables as they are."""
_BODY = f"""
DECLARE
  befores CONSTANT text[] := ARRAY[{{befores}}]::text[];
  statements CONSTANT text[] := ARRAY[{{statements}}]::text[];
  found bigint; reached text; state text; message text; is_run boolean;
  founds text[]; reacheds text[]; states text[]; messages text[];
BEGIN
  FOR i IN 1..{{count}} LOOP
    found := 0; reached := NULL; state := NULL; message := NULL; is_run := false;
    BEGIN
      IF befores[i] IS NOT NULL THEN EXECUTE befores[i]; END IF;
      EXECUTE statements[i];
      GET DIAGNOSTICS found = ROW_COUNT;
      reached := pg_catalog.current_setting('{REACHED}', true);
      is_run := true;
      {{ending}}
    EXCEPTION WHEN OTHERS THEN
      IF NOT is_run THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
      END IF;
    END;
    founds := pg_catalog.array_append(founds, found::text);
    reacheds := pg_catalog.array_append(reacheds, reached);
    states := pg_catalog.array_append(states, state);
    messages := pg_catalog.array_append(messages, message);
  END LOOP;
  PERFORM pg_catalog.set_config('{_TOLD}', pg_catalog.to_json(ARRAY[founds, reacheds, states, messages])::text, true);
END
"""


def block(statements: Sequence[Statement], *, keeps: bool = False) -> str:
    """A DO that runs them in order and undoes each, unless it `keeps` what they do; READ_TOLD asks what came of it."""
    body = _BODY.format(
        befores=", ".join(literal(each.before) if each.before else "NULL" for each in statements),
        statements=", ".join(literal(each.text) for each in statements),
        count=len(statements),
        ending="" if keeps else f"RAISE SQLSTATE '{_UNDONE}';",
    )
    return f"DO {_TAG}{body}{_TAG}"


def told(statements: Sequence[Statement], answer: str) -> list[Reply]:
    """What READ_TOLD answers, as a reply to each statement."""
    found = zip(statements, *json.loads(answer), strict=True)
    return [
        Reply(sqlstate=state, error=message)
        if state
        else Reply(int(rows), (reached or "") if statement.reaches else "")
        for statement, rows, reached, state, message in found
    ]
