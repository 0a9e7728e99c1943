"""One resource, as one shop and one token can answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from ..misfits import NamedColumn
from ..operations.documents import Operation, load_schema
from ..operations.nested_lists import NestedList
from ..operations.selections import Path, list_paths
from ..tables.table import Table, snake_case


@dataclass(frozen=True)
class Answerable:
    """One resource as this shop and this token can answer it.

    Attributes:
        plan: The whole operation. The tables are planned from it, so they do not depend on shop and token.
        operation: The operation to send. None if the resource cannot be read at all.
        cursor: Centra's field that windows filter by. None: the whole list is read.
        tables: The resource's tables, its main table first.
        left_out: What is not read and why, one sentence each.
        route: The keys of the lists that lead from the objects of another resource to those of this one.
            Empty if the shop lists them directly.
        missing: What the shop's schema lacks of the operation, such as `Product.weight` or `Query.vouchers`.
        other_types: The types in the shop of fields that are documented with another one, by `Type.field`.
        finds_objects: Whether single objects can be requested, by their ids and as events name them.
        nested: The lists inside the objects that the shop may cut.
        schema: The shop's schema, as far as it is known; else the documented one.
    """

    plan: Operation
    operation: Operation | None
    cursor: str | None
    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()
    route: Path = ()
    missing: tuple[str, ...] = ()
    other_types: Mapping[str, str] = field(default_factory=dict)
    finds_objects: bool = True
    nested: tuple[NestedList, ...] = ()
    schema: GraphQLSchema = field(default_factory=load_schema, repr=False)

    def can_fill(self, table: Table) -> bool:
        """Whether the operation to send requests the rows of a table: the lists down to them and their
        keys."""
        if self.operation is None:
            return False
        ways = self._list_ways(table)
        keys = {
            (*ways[column.level], *column.path)
            for column in table.columns
            if column.name in (*table.key, table.root_key) and column.steps
        }
        return {*keys, *ways[1:]} <= list_paths(self.operation)

    def find_unasked_columns(self, table: Table) -> frozenset[str]:
        """Returns the names of the columns whose values the operation to send does not request."""
        asked = list_paths(self.operation) if self.operation else frozenset()
        ways = self._list_ways(table)
        return frozenset(
            column.name
            for column in table.columns
            if column.steps and (*ways[column.level], *column.path) not in asked
        )

    def _list_ways(self, table: Table) -> list[Path]:
        """The keys that lead to the root objects, and to the elements of each list down to the rows."""
        ways: list[Path] = [self.route]
        for path in table.lists:
            ways.append((*ways[-1], *path))
        return ways

    @property
    def sent(self) -> Operation:
        """The operation to send, of a resource that can be read."""
        assert self.operation, "a resource that cannot be read is not requested"
        return self.operation


def name_column(asked: Answerable, path: Path) -> NamedColumn | None:
    """Names the column of a value, by the keys of the answer that lead to it; None if it has no column.

    An object in place of a value is named like a column, `products.brand`.

    Args:
        asked: The resource that was read.
        path: The keys, from the top of an answer to any query for its objects.
    """
    found: dict[tuple[int, str], bool] = {}
    for table in asked.tables:
        for column in table.columns:
            above = tuple(key for one in table.lists[: column.level] for key in one)
            for depth in range(1, len(column.path) + 1):
                own = (*above, *column.path[:depth])
                if path[-len(own) :] == own:
                    inner = (
                        column.name if depth == len(column.path) else snake_case("_".join(own[len(above) :]))
                    )
                    key = len(own), f"{table.name}.{inner}"
                    found[key] = found.get(key, False) or column.is_personal
    if not found:
        return None
    longest = max(length for length, _ in found)
    (_, name), is_personal = next(item for item in found.items() if item[0][0] == longest)
    return NamedColumn(name, is_personal)
