"""The rules that make tables of a selection, each on the smallest query that shows it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from graphql import build_schema, parse

from centra_source import RESOURCES
from centra_source.exceptions import UnexpectedAnswer
from centra_source.operations.documents import Operation, load_operation, read_schema_text
from centra_source.operations.fitting import fit_operation
from centra_source.operations.schema_marks import load_marks
from centra_source.operations.selections import list_paths
from centra_source.tables.flatten import flatten
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table

SCHEMA = build_schema("""
scalar DateTimeTz
type Query { things(limit: Int, page: Int): [Thing!]! }
interface Thing {
  id: Int! userIP: String money: MonetaryValue tags: [String!]! parts: [Part!]! groups: [Group!]!
}
type Big implements Thing {
  id: Int! userIP: String money: MonetaryValue tags: [String!]! parts: [Part!]! groups: [Group!]! size: Float
}
type Small implements Thing {
  id: Int! userIP: String money: MonetaryValue tags: [String!]! parts: [Part!]! groups: [Group!]!
}
type MonetaryValue { value: Float! currency: Currency! }
type Currency { code: String! }
type Part { id: Int! name: String madeAt: DateTimeTz pieces: [Piece!]! }
type Piece { id: Int! }
type Group { name: String members: [Member!]! }
type Member { id: Int name: String }
""")


def plan(selection: str, key: tuple[str, ...] = ("id",), **lists: str) -> list[Table]:
    """Plans a query for things."""
    text = (
        f"query things($limit: Int!, $page: Int!) {{ things(limit: $limit, page: $page) {{ {selection} }} }}"
    )
    named = {path.replace("__", "."): table for path, table in lists.items()}
    return plan_tables(Operation.of(parse(text), SCHEMA), named, key)


def types(table: Table) -> dict[str, str]:
    """Column types by name."""
    return {column.name: column.data_type for column in table.columns}


def rows(table: Table, *nodes: dict[str, Any], mark_childless: bool = False) -> list[dict[str, Any]]:
    """The rows that nodes become."""
    listed: list[dict[str, Any]] = flatten(table, pa.array(nodes), mark_childless=mark_childless).to_pylist()
    return listed


def test_nested_object_becomes_prefixed_columns() -> None:
    """Names are snake_case, and money is decimal because of its type."""
    (table,) = plan("id userIP money { value currency { code } }")
    wanted = {"id": "bigint", "user_ip": "text", "money_value": "decimal", "money_currency_code": "text"}
    assert types(table) == wanted


def test_missing_nested_object_leaves_nulls() -> None:
    """A null object gives null columns."""
    (table,) = plan("id money { value currency { code } }")
    assert rows(table, {"id": 1, "money": None}) == [
        {"id": 1, "money_value": None, "money_currency_code": None}
    ]


def test_list_of_scalars_becomes_json_text() -> None:
    """Tags stay together in one column that every destination can hold."""
    (table,) = plan("id tags")
    assert rows(table, {"id": 1, "tags": ["new", 'say "hi"']}, {"id": 2, "tags": []}) == [
        {"id": 1, "tags": '["new","say \\"hi\\""]'},
        {"id": 2, "tags": "[]"},
    ]


def test_alias_names_the_column() -> None:
    """A query may rename a field, and `__typename` is a field like others."""
    (table,) = plan("id kind: __typename amount: money { value }")
    assert list(types(table)) == ["id", "kind", "amount_value"]


def test_fragment_gives_nullable_columns() -> None:
    """Fields of one implementation are null for the others."""
    (table,) = plan("id ... on Big { size }")
    assert rows(table, {"id": 1, "size": 2.5}, {"id": 2}) == [{"id": 1, "size": 2.5}, {"id": 2, "size": None}]


def test_list_with_ids_is_keyed_by_owner_and_id() -> None:
    """A child table repeats its owner's id under the owner's type name."""
    _, parts = plan("id parts { id name }", parts="thing_parts")
    assert (parts.name, parts.key) == ("thing_parts", ("thing_id", "id"))
    assert rows(parts, {"id": 7, "parts": [{"id": 1, "name": "a"}]}) == [
        {"thing_id": 7, "id": 1, "name": "a"}
    ]


def test_list_without_ids_is_keyed_by_owner_and_position() -> None:
    """The position in the list replaces the id, from 1 for each owner."""
    _, groups = plan("id groups { name }", groups="thing_groups")
    found = rows(
        groups, {"id": 1, "groups": [{"name": "a"}, {"name": "b"}]}, {"id": 2, "groups": [{"name": "c"}]}
    )
    assert [(row["thing_id"], row["position"], row["name"]) for row in found] == [
        (1, 1, "a"),
        (1, 2, "b"),
        (2, 1, "c"),
    ]


def test_rows_repeat_the_columns_of_an_unnamed_list_above() -> None:
    """Attributes have elements: the row of an element has the columns of its attribute."""
    _, members = plan("id groups { group: name members { name } }", groups__members="thing_members")
    groups = [
        {"group": "a", "members": [{"name": "x"}, {"name": "y"}]},
        {"group": "b", "members": [{"name": "z"}]},
    ]
    found = rows(members, {"id": 1, "groups": groups})
    assert [(row["position"], row["group"], row["name"]) for row in found] == [
        (1, "a", "x"),
        (2, "a", "y"),
        (3, "b", "z"),
    ]


def test_rows_repeat_the_id_of_a_named_list_above() -> None:
    """A variant can be in two sections of a bundle: the key has the section."""
    selection = "id parts { id name pieces { pieceId: id } }"
    _, _, pieces = plan(selection, parts="thing_parts", parts__pieces="thing_part_pieces")
    assert (list(types(pieces)), pieces.key) == (
        ["thing_id", "part_id", "piece_id"],
        ("thing_id", "part_id", "piece_id"),
    )
    parts = [
        {"id": 1, "name": "a", "pieces": [{"pieceId": 9}]},
        {"id": 2, "name": "b", "pieces": [{"pieceId": 9}]},
    ]
    found = rows(pieces, {"id": 7, "parts": parts}, {"id": 8, "parts": []}, mark_childless=True)
    assert [tuple(row.values()) for row in found] == [(7, 1, 9), (7, 2, 9), (8, -1, -1)]


def test_list_named_like_the_operation_supplies_its_rows() -> None:
    """Stock is a list of warehouses: the warehouse is only a column of each row."""
    (table,) = plan("id parts { part: id }", key=("thing_id", "part"), parts="things")
    assert (table.name, table.key) == ("things", ("thing_id", "part"))
    assert rows(table, {"id": 1, "parts": [{"part": 5}]}) == [{"thing_id": 1, "part": 5}]


def test_owner_without_children_is_marked() -> None:
    """The marker has the id of the owner, so that its old children are deleted, and a key that no row has."""
    _, parts = plan("id parts { id name }", parts="thing_parts")
    found = rows(
        parts, {"id": 1, "parts": []}, {"id": 2, "parts": [{"id": 3, "name": "a"}]}, mark_childless=True
    )
    assert found == [{"thing_id": 2, "id": 3, "name": "a"}, {"thing_id": 1, "id": -1, "name": None}]


def test_value_of_the_wrong_type_names_its_column() -> None:
    """A shop whose answer does not fit the schema gets an error that names the column."""
    _, parts = plan("id parts { id madeAt }", parts="thing_parts")
    with pytest.raises(UnexpectedAnswer, match=r"thing_parts.made_at is timestamp, but Centra sent"):
        rows(parts, {"id": 1, "parts": [{"id": 2, "madeAt": "yesterday"}]})


def test_key_that_is_null_is_refused() -> None:
    """Such a row could never be replaced."""
    (table,) = plan("id parts { part: id }", key=("thing_id", "part"), parts="things")
    with pytest.raises(UnexpectedAnswer, match=r"things.part identifies a row, but Centra sent null"):
        rows(table, {"id": 1, "parts": [{"part": None}]})


def test_dates_in_every_printed_form_become_utc() -> None:
    """Offsets with and without colon, both sides of a clock change, and bare dates."""
    _, parts = plan("id parts { id madeAt }", parts="thing_parts")
    texts = ["2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+0100", "2025-10-26"]
    node = {"id": 1, "parts": [{"id": number, "madeAt": text} for number, text in enumerate(texts)]}
    assert [row["made_at"].isoformat() for row in rows(parts, node)] == [
        "2025-10-26T00:30:00+00:00",
        "2025-10-26T01:30:00+00:00",
        "2025-10-26T00:00:00+00:00",
    ]


def test_list_without_a_table_name_is_refused() -> None:
    """The message names the list, and where its table name belongs."""
    with pytest.raises(
        ValueError, match=r"things.parts is a list: name its table in centra_source/resources.py"
    ):
        plan("id parts { id }")


def test_table_name_without_a_list_is_refused() -> None:
    """The message names the list that was removed from the query."""
    with pytest.raises(
        ValueError, match=r"things has no list parts: correct its table names in centra_source/resources.py"
    ):
        plan("id", parts="thing_parts")


def test_two_fields_for_one_column_are_refused() -> None:
    """`userIP` and an alias with the same column name would overwrite each other."""
    with pytest.raises(ValueError, match="Two fields become the column user_ip"):
        plan("id userIP user: money { ip: value }")


def test_single_object_in_place_of_a_list_is_a_list_of_one() -> None:
    """A shop whose field holds one object, where a list is documented, fills the same table."""
    _, table = plan("id groups { name }", groups="groups")
    found = rows(table, {"id": 1, "groups": {"name": "a"}}, {"id": 2, "groups": {"name": "b"}})
    assert [(row["thing_id"], row["position"], row["name"]) for row in found] == [(1, 1, "a"), (2, 1, "b")]


def test_shop_may_have_a_single_object_in_place_of_a_list() -> None:
    """Whether media have one source or several is not known: a query for several asks for the one, too."""
    several, one = "source(sizeName: String): [MediaSource!]", "source(sizeName: String): MediaSource"
    asked = load_operation("product_media")
    fitted = fit_operation(asked, build_schema(read_schema_text().replace(several, one)))
    assert fitted.missing == ()
    assert fitted.operation
    assert list_paths(fitted.operation) == list_paths(asked)


def test_no_table_is_identified_by_a_guess() -> None:
    """A shop without a field of the key cannot fill the table, so keys are fields that were seen."""
    guesses = set(load_marks().list_members("inferred"))
    for name, resource in RESOURCES.items():
        if name == "gift_certificates":  # the whole type is a guess
            continue
        for table in plan_tables(load_operation(name), resource.lists, resource.key):
            keys = [column.field for column in table.columns if column.name in table.key]
            assert not guesses.intersection(keys), table.name


def test_id_that_can_be_null_identifies_no_row() -> None:
    """Its rows are identified by their position: the entries of an address book can lack an id."""
    # centra.dev/graphql/addressbookentry.html
    _, table = plan("id groups { members { id name } }", groups__members="members")
    assert table.key == ("thing_id", "position")
    node = {"id": 1, "groups": [{"members": [{"id": None, "name": "a"}, {"id": 5, "name": "b"}]}]}
    assert [(row["position"], row["id"]) for row in rows(table, node)] == [(1, None), (2, 5)]
