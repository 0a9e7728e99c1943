"""What a shop turned out to lack by its refusals, for shops that do not show their schema."""

from __future__ import annotations

from pathlib import Path

import orjson
from graphql import GraphQLSchema

from ..exceptions import QueryRefused
from ..operations.refusals import find_changes
from ..operations.schema_types import Changes, with_changes
from .kept_files import is_current, write_kept_file


class Lessons:
    """What the refusals of one shop have taught.

    Attributes:
        changes: How the shop's schema differs from ours.
    """

    def __init__(self) -> None:
        self.changes = Changes()

    def learn(self, refusal: QueryRefused, schema: GraphQLSchema) -> bool:
        """Records what a refusal says. Returns whether any of it is new.

        Args:
            refusal: The errors of the shop, and the query that they are about.
            schema: The schema that the query was made for.
        """
        found = self.changes.add(find_changes(refusal.complaints, refusal.query, schema))
        is_new, self.changes = found != self.changes, found
        return is_new

    def apply(self, schema: GraphQLSchema) -> GraphQLSchema:
        """Returns a schema as the shop has it by these lessons."""
        return with_changes(schema, self.changes)

    def load(self, path: Path) -> None:
        """Adds what an earlier run has learned, unless it is too old or cannot be read."""
        if not is_current(path):
            return
        try:
            kept = orjson.loads(path.read_bytes())
            self.changes = self.changes.add(Changes(frozenset(kept["lacking"]), dict(kept["input_types"])))
        except (OSError, ValueError, TypeError, KeyError):  # truncated, or of another program
            return

    def save(self, path: Path) -> None:
        """Keeps what was learned for later runs."""
        kept = {"lacking": sorted(self.changes.lacking), "input_types": dict(self.changes.input_types)}
        write_kept_file(path, kept)
