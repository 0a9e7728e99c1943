"""The marks in `schema.graphql` say where each definition comes from and which parts are guesses."""

from __future__ import annotations

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType

from centra_source.operations.documents import load_schema
from centra_source.operations.schema_marks import (
    COMPLETE,
    INFERRED,
    PARTIAL,
    Mark,
    count_kinds,
    load_marks,
    read_marks,
)

SCHEMA = """
# The catalogue
# complete: centra.dev/graphql/product.html
"A product."
type Product implements Named { # name inferred: seen in client code
  id: Int!
  "perm: Product.weight:read"
  weight: Weight # type inferred: nullability
  variants(
    "Condition."
    where: Filter # name inferred
    limit: Int = 20, page: Int = 1 # inferred
  ): [Variant!]! # type inferred
  sizes(limit: Int = 20, page: Int = 1): [Size!]! # inferred
}

# partial: public client code
enum Status {
  ACTIVE # inferred
  OTHER
}

# inferred: by analogy with Product
union Target =
  | Product
  | Variant # inferred

# inferred: the input is not published
input Filter {
  name: String = "x" # inferred
}

interface Named { id: Int! }

# A note about roots.
extend type Query {
  products: [Product!]! # inferred
}
"""


def test_marks_are_read_where_they_are() -> None:
    """A mark belongs to the part that ends before it in its line, and to no other one."""
    marks = read_marks(SCHEMA)
    assert marks.faults == ()
    assert marks.definitions == {
        "Product": Mark("complete", "centra.dev/graphql/product.html"),
        "Status": Mark("partial", "public client code"),
        "Target": Mark("inferred", "by analogy with Product"),
        "Filter": Mark("inferred", "the input is not published"),
        "Named": None,
    }
    assert marks.names == {"Product": Mark("name inferred", "seen in client code")}
    assert {name: mark.kind for name, mark in marks.members.items() if mark} == {
        "Product.weight": "type inferred",
        "Product.variants(where:)": "name inferred",
        "Product.variants(page:)": "inferred",
        "Product.variants": "type inferred",
        "Product.sizes": "inferred",
        "Status.ACTIVE": "inferred",
        "Target.Variant": "inferred",
        "Filter.name": "inferred",
        "Query.products": "inferred",
    }
    documented = {name for name, mark in marks.members.items() if not mark}
    assert documented >= {"Product.id", "Product.sizes(limit:)", "Status.OTHER", "Target.Product", "Named.id"}


@pytest.mark.parametrize(
    "fault",
    [
        "type Product {\n  id: Int! # guessed\n}",
        "type Product {\n  id: Int! # inferred, by analogy\n}",
        "type Product {\n  id: Int!\n} # inferred",
        "# complete centra.dev/graphql/product.html\ntype Product { id: Int! }",
        "# Complete: centra.dev/graphql/product.html\ntype Product { id: Int! }",
        "# complete:\ntype Product { id: Int! }",
        "# complete: a page\n\ntype Product { id: Int! }",
        "# complete: a page\n# partial: another page\ntype Product { id: Int! }",
        "type Product {\n  # partial: a page\n  id: Int!\n}",
    ],
)
def test_comments_that_only_look_like_marks_are_found(fault: str) -> None:
    """A mark with a typing error, or in a place where it marks nothing, would be lost in silence."""
    assert read_marks(fault).faults


def test_every_mark_of_the_schema_is_well_formed() -> None:
    """Every comment behind a part is a mark, and every comment that looks like a mark marks something."""
    assert load_marks().faults == ()


def test_every_definition_says_where_it_is_from() -> None:
    """By exactly one mark: two are a fault. What is complete names the page whose end was seen."""
    marks = load_marks()
    assert marks.list_definitions(None) == []
    assert len(marks.definitions) == sum(
        len(marks.list_definitions(kind)) for kind in (COMPLETE, PARTIAL, INFERRED)
    )
    complete = [marks.definitions[name] for name in marks.list_definitions(COMPLETE)]
    assert [mark for mark in complete if not (mark and mark.source.startswith("centra.dev/"))] == []


def test_shares_of_what_is_known() -> None:
    """Prints how much of the schema is documented; every part of the schema is counted."""
    schema, marks = load_schema(), load_marks()
    members = {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if not kind.name.startswith("__")
        for name in (kind.values if isinstance(kind, GraphQLEnumType) else getattr(kind, "fields", ()))
    }
    assert members <= marks.members.keys()
    inputs = {
        name for name in members if isinstance(schema.type_map[name.split(".")[0]], GraphQLInputObjectType)
    }
    shares = {
        "definitions": marks.definitions.values(),
        "fields": [marks.members[name] for name in members - inputs],
        "input fields": [marks.members[name] for name in inputs],
        "arguments": [mark for name, mark in marks.members.items() if name.endswith(":)")],
    }
    for name, listed in shares.items():
        counts = sorted(count_kinds(listed).items())
        parts = (f"{kind} {number:,} ({number / len(listed):.0%})" for kind, number in counts)
        print(f"{name}: {len(listed):,}: {', '.join(parts)}")
        assert sum(number for _, number in counts) == len(listed) > 0
