"""Faults of every kind that a shop can have, drawn by hypothesis and planted in the sandbox.

A fault is plain data, so that a failing case can be read and shrunk. It selects its object and its field by
numbers modulo what there is, so that every fault fits every shop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from graphql import get_named_type, is_enum_type, is_list_type
from hypothesis import strategies as st

from centra_sandbox import (
    Errors,
    Fault,
    HttpError,
    OtherBody,
    Request,
    Sandbox,
    Shop,
    TruncatedJson,
    WrongTotal,
)
from centra_sandbox.breakages import Form
from centra_sandbox.nodes import Node
from centra_source.tables.loader_tables import UNREADABLE_OBJECTS

from .shop_queries import TABLES, Row, Step, prepare_query
from .shop_rows import find_differences

RESOURCES_WITH_FAULTS = (
    "orders",
    "products",
    "displays",
    "shipments",
    "returns",
    "customers",
    "brands",
    "stock",
)
"""Resources that are read by windows, with lists and events, as a whole list, and within another list."""

ALWAYS = 1_000_000
EVERY_OBJECT = "every object"
NAMES_ALL = re.compile(f"{EVERY_OBJECT}|an object without id")

RESOURCE_FAULTS: tuple[Fault, ...] = (
    HttpError(500),
    OtherBody(b"{}"),
    TruncatedJson(),
    Errors("Internal server error", category="internal"),
)
"""What can be wrong with every answer to a query."""

WITHOUT_TOTAL = ("brands", "stock")

UNREADABLE_TEXTS = (b'"Sm\xf6rg\xe5s"', rb'"Tee \ud83d"')
ABSURD_VALUES: dict[str, tuple[str | bytes, ...]] = {
    "String": UNREADABLE_TEXTS,
    "Int": ('"abc"', "12.5", "9223372036854775808", "NaN", "-1e400", "[1]"),
    "Float": ('"abc"', "1e15", "1e999", "NaN", "{}"),
    "Boolean": ('"perhaps"', "7", "[]"),
    "DateTimeTz": ('"-0001-11-30T00:00:00+00:00"', '"0000-00-00 00:00:00"', '""', '"soon"', "1e999", "[]"),
    "Date": ('"0000-00-00"', '""', '"10000-01-01"', "{}"),
}
"""What no column can hold, by the type that the schema promises."""

KINDS = ("value", "value", "object", "part", "resource", "changing list")


@dataclass(frozen=True)
class PlantedFault:
    """One fault.

    Attributes:
        kind: One of KINDS.
        resource: Where it is planted, one of RESOURCES_WITH_FAULTS.
        which: The number of the object, modulo the number of objects.
        field: The number of the field, modulo the number of fields.
        form: The number of the value, of the way in which Centra breaks down, or of the fault.
    """

    kind: str
    resource: str
    which: int
    field: int
    form: int

    def plant(self, sandbox: Sandbox) -> None:
        """Plants the fault."""
        if self.kind == "resource":
            totals = () if self.resource in WITHOUT_TOTAL else (WrongTotal(),)
            sandbox.fail(_pick((*RESOURCE_FAULTS, *totals), self.form), self.resource, ALWAYS)
        elif nodes := prepare_query(self.resource).roots(sandbox.shop):
            node, fields = _pick(nodes, self.which), _list_values(self.resource)
            if self.kind == "value" and fields:
                step, values = _pick(fields, self.field)
                sandbox.plant_value(node, step.name, _pick(values, self.form))
            else:
                name = _pick(_list_parts(self.resource), self.field) if self.kind == "part" else None
                sandbox.break_over(node, name, _pick(get_args(Form), self.form))


class ChangingStock:
    """A row of stock goes or comes back with each request for stock, while it is switched on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.is_on = False
        self._gone: list[Node] = []
        sandbox.before_request(self._change)

    def stop(self, shop: Shop) -> None:
        """Brings back what is gone, and changes nothing any more."""
        self.is_on = False
        shop.stock.extend(self._gone)
        self._gone.clear()

    def _change(self, request: Request, shop: Shop) -> None:
        if self.is_on and request.operation == "stock":
            if self._gone:
                shop.stock.append(self._gone.pop())
            else:
                self._gone.append(shop.stock.pop(len(request.query) % len(shop.stock)))


def faults() -> st.SearchStrategy[list[PlantedFault]]:
    """One to five faults."""
    number = st.integers(0, 1_000)
    one = st.builds(
        PlantedFault,
        kind=st.sampled_from(KINDS),
        resource=st.sampled_from(RESOURCES_WITH_FAULTS),
        which=number,
        field=number,
        form=number,
    )
    return st.lists(one, min_size=1, max_size=5)


def list_unnamed(place: Any, shop: Shop, resources: Collection[str], lines: Iterable[Row]) -> list[str]:
    """Returns the differences between the tables of some resources and the shop that nothing names.

    Args:
        place: Where the shop was loaded.
        shop: The shop.
        resources: The resources.
        lines: The lines of `load_audit` of the load that are not complete. They name the first objects of a
            kind and count the others: so many may differ too.
    """
    named = dict.fromkeys(resources, "")
    for line in lines:
        if line["resource"] not in named:
            continue
        is_whole = line["status"] == "failed" or line["kind"] == "list"
        named[line["resource"]] += f" {EVERY_OBJECT if is_whole else line['note']}"
    for row in place.rows(UNREADABLE_OBJECTS.name):
        if row["resolved_at"] is None and row["resource"] in named:
            named[row["resource"]] += f" {row['object_id'] or EVERY_OBJECT} "
    unnamed: dict[str, dict[str, str]] = {name: {} for name in resources}
    for table, (name, _) in TABLES.items():
        if name in resources and not NAMES_ALL.search(named[name]):
            rows = place.rows(table) if table in place.pipeline.default_schema.tables else []
            for difference in find_differences(shop, table, rows):
                key = difference.split(" ", 1)[1].split(")")[0].strip("(").split(",")[0].strip("' ")
                if key not in re.findall(r"[\w-]+", named[name]):
                    unnamed[name][key] = difference
    return [
        difference
        for name, found in unnamed.items()
        if len(found) > sum(int(number) for number in re.findall(r"and (\d+) more", named[name]))
        for difference in found.values()
    ]


def _list_values(resource: str) -> list[tuple[Step, tuple[str | bytes, ...]]]:
    found = []
    for _, step, _ in prepare_query(resource).level.columns:
        kind = get_named_type(step.definition.type)
        values = ABSURD_VALUES.get(kind.name, UNREADABLE_TEXTS if is_enum_type(kind) else ())
        if kind.name == "String" and step.name == "id":
            values = ("null", "{}")
        if values and not is_list_type(step.definition.type) and step.name != "__typename":
            found.append((step, values))
    return found


def _list_parts(resource: str) -> list[str]:
    level = prepare_query(resource).level
    lists = [known.steps[0].name for known in level.lists.values()]
    return sorted({*lists, *(step.name for _, step, _ in level.columns if step.name != "id")})


def _pick(values: Any, number: int) -> Any:
    listed = list(values)
    return listed[number % len(listed)]
