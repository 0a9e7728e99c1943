"""The severities and the scopes of the rules of the catalog."""

from __future__ import annotations

BLOCK, WARN, INFO = "BLOCK", "WARN", "INFO"

SEVERITIES = (BLOCK, WARN, INFO)
"""The most severe first. A file with a BLOCK finding must not be delivered."""

EVERY_ROW = "every row"
"""The rule checks each row of the catalog: `check(row, facts)`."""

SOLD_ROWS = "sold rows"
"""As EVERY_ROW, but only rows that are not blocked: Global-e neither classifies nor ships blocked
products."""

CATALOG = "catalog"
"""The rule checks the catalog as a whole: `check(facts)`."""
