"""Describes what each column holds, in words for analysts.

A `#:` comment in the query comes first, then the description of the field in Centra's schema. A column with
neither is described by the fields that lead to it: `grandTotal { currency { code } }` is the currency of the
grand total.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import (
    BooleanValueNode,
    GraphQLEnumType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
)

from ..operations.documents import read_description
from ..operations.schema_marks import read_member_mark
from ..operations.selections import list_kinds

if TYPE_CHECKING:
    from .table import Column, Step, Table

MACHINE_NOTES = (
    "perm:", "All.", "Limit ", "Seen ", "Shown ", "Used as ", "Named ", "Renamed ",
    "Was ", "Arguments ", "Rendered ", "Same as ",
)  # fmt: skip
"""The first words of sentences in the schema that describe the API, and not the data."""

STANDARDS = {
    "Currency": "ISO 4217 code",
    "Country": "ISO 3166-1 alpha-2 code",
}
"""The standard that the `code` of a type follows."""

ABBREVIATIONS = {
    "Eta": "ETA", "Etd": "ETD", "Ip": "IP", "Json": "JSON", "Uri": "URI", "Url": "URL", "Vat": "VAT",
}  # fmt: skip

LONGEST_LIST = 8
"""Values of an enum that a description names as examples."""

_SENTENCE_END = re.compile(r"(?<=[.;]) (?=[A-Z]|perm:)")
_ASIDE = re.compile(r"; (events carry|there is NO).*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def column_description(column: Column, table: Table, main: Table, schema: GraphQLSchema) -> str:
    """Describes a column of a planned table.

    Args:
        column: Has the fields that lead to its value.
        table: The table of the column.
        main: The resource's own table, which can have the currency of the amounts in its other tables.
        schema: Has the types of the fields.
    """
    *way, last = column.steps
    if column.name == table.root_key and table.lists:
        return f"Id of the {_name_type(last)} that the row belongs to."
    comment = read_description(last.node)
    if comment:
        return comment
    unit = _describe_unit(column, table, main)
    enclosing = next((text for step in reversed(way) if (text := read_description(step.node))), None)
    if enclosing and not _is_currency(column):
        # The comment describes the amount or the object itself.
        is_object = last.node.name.value in ("value", "id")
        return _join(enclosing, unit if is_object else f"{_name_value(column, schema)}. {unit}")
    notes = [text for step in way if (text := _keep_data_notes(step.definition.description))]
    is_typename = last.node.name.value == "__typename"
    own = "" if is_typename else _keep_data_notes(last.definition.description)
    subject = _name_value(column, schema)
    if own[:1].isupper():
        needs_subject = way or last.node.name.value == "id"
        subject = f"{subject}. {own}" if needs_subject else own
    elif own:
        subject = f"{subject}, {own}"
    if column.data_type == "timestamp":
        subject, unit = f"{subject}, UTC", ""
    return _join(f"{subject}.", unit, *(f"{note}." for note in notes))


def _name_value(column: Column, schema: GraphQLSchema) -> str:
    """Names the value after the fields that lead to it, without a full stop."""
    *way, last = column.steps
    name, owner = last.node.name.value, _name_type(last)
    objects = [_split_words(step.node.name.value) for step in way]
    of = " of the ".join(reversed(objects)).replace(" of the totals", " in total") if objects else owner
    if name == "__typename":
        kinds = schema.get_possible_types(last.owner) if is_abstract_type(last.owner) else ()
        return (
            f"Kind of {owner}: {_list_names([kind.name for kind in kinds])}" if kinds else f"Kind of {owner}"
        )
    if name == "value" and objects and last.owner.name in ("MonetaryValue", "Weight"):
        of_owner = f" of the {_name_type(way[0])}" if len(way) == 1 else ""
        return _capitalize(of) + of_owner + _describe_tax(way)
    if name == "code" and last.owner.name in STANDARDS:
        described = of if objects else f"code of the {owner}"
        return f"{_capitalize(described)}, {STANDARDS[last.owner.name]}"
    if column.data_type == "timestamp":
        return _name_moment(name, of)
    verb, _, rest = _split_words(name).partition(" ")
    if column.data_type == "bool" and verb in ("is", "has"):
        return f"Whether the {of} {verb} {rest}"
    if column.data_type == "bool":
        return f"Whether this is true of the {of}: {_split_words(name)}"
    if _split_words(name).startswith(f"{of} "):  # the product number of a product
        return _capitalize(_split_words(name))
    if of == "totals":
        return f"{_capitalize(_split_words(name))} in total"
    return f"{_capitalize(_split_words(name))} of the {of}"


def _describe_unit(column: Column, table: Table, main: Table) -> str:
    """The unit of a value, or examples of values."""
    last = column.steps[-1]
    kind = get_named_type(last.definition.type)
    if last.node.name.value == "__typename" or column.data_type == "timestamp":
        return ""
    if column.is_list:
        return "JSON list."
    if column.data_type == "decimal":
        return _describe_currency(column, table, main)
    if is_enum_type(kind):
        values = _list_known_values(kind)
        more = ", …" if len(values) > LONGEST_LIST else ""
        return f"For example {', '.join(values[:LONGEST_LIST])}{more}." if values else ""
    unit = f"{column.name.removesuffix('_value')}_unit"
    if last.owner.name == "Weight" and any(other.name == unit for other in table.columns):
        return f"In the unit of {unit}."
    return ""


def _describe_currency(column: Column, table: Table, main: Table) -> str:
    """The column with the currency of an amount: its own, or the only one of its row or its object."""
    own = f"{column.name.removesuffix('_value')}_currency_code"
    for place, prefix in ((table, ""), (main, f"{main.name}.")):
        codes = [each.name for each in place.columns if _is_currency(each)]
        if own in codes:
            return f"In the currency of {own}."
        if len(codes) == 1:
            return f"In the currency of {prefix}{codes[0]}."
    return ""


def _is_currency(column: Column) -> bool:
    return bool(column.steps) and (
        column.steps[-1].owner.name == "Currency" and column.steps[-1].node.name.value == "code"
    )


def _describe_tax(way: list[Step]) -> str:
    """Whether an amount includes tax, if Centra has an argument for it."""
    for step in way:
        if "includingTax" in step.definition.args:
            defined = step.definition.args["includingTax"].ast_node
            given = [one.value for one in step.node.arguments or () if one.name.value == "includingTax"]
            chosen = given[0] if given else defined and defined.default_value
            if isinstance(chosen, BooleanValueNode):
                return ", including tax" if chosen.value else ", excluding tax"
    return ""


def _name_moment(name: str, of: str) -> str:
    words = _split_words(name)
    if name == "updatedAt":
        return f"When the {of} was last changed"
    event = words.removesuffix(" at")
    if words.endswith(" at") and event.endswith(("ed", "paid")):
        return f"When the {of} was {event}"
    if words.endswith(" at") and event.endswith("s"):  # expires
        return f"When the {of} {event}"
    return f"{_capitalize(event)} of the {of}"


def _list_known_values(kind: GraphQLEnumType) -> list[str]:
    """The values that are documented or were seen: the schema marks the guessed ones."""
    return [
        name
        for name, value in kind.values.items()
        if not (value.ast_node and read_member_mark(value.ast_node))
    ]


def _keep_data_notes(text: str | None) -> str:
    """The sentences of a schema's description that describe the data."""
    sentences = _SENTENCE_END.split(" ".join((text or "").split()))
    kept = [sentence for sentence in sentences if not sentence.startswith(MACHINE_NOTES)]
    notes = _ASIDE.sub("", " ".join(kept))
    return notes.replace("DTC", "Direct-to-consumer").removesuffix(".")


def _name_type(step: Step) -> str:
    """The type that has a field, by the name that its kinds share."""
    shared = [one.name for one in list_kinds(step.owner)]
    is_own = not any(step.node.name.value in one.fields for one in step.owner.interfaces)
    return _split_words(step.owner.name if is_own or not shared else shared[0])


def _split_words(name: str) -> str:
    """`productVariant` as words; abbreviations such as EAN stay as they are."""
    words = (ABBREVIATIONS.get(word.capitalize(), word) for word in _WORD.findall(name))
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in words)


def _list_names(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


def _join(*texts: str) -> str:
    return " ".join(" ".join(texts).split())
