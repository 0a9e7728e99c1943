"""What each column holds, in words for analysts.

A `#:` comment in the query comes first, then what Centra's schema says of the field; what neither says is
told by the way to the value: `grandTotal { currency { code } }` is the currency of the grand total.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import (
    BooleanValueNode,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLSchema,
    TokenKind,
    get_named_type,
    is_abstract_type,
    is_enum_type,
)

from ..operations.documents import read_description

if TYPE_CHECKING:
    from .table import Column, Step, Table

MACHINE_NOTES = (
    "perm:", "All.", "PARTIAL", "COMPLETE", "Limit ", "Seen ", "Shown ", "Used as ", "Named ", "Renamed ",
    "Was ", "Arguments ", "Rendered ", "Same as ",
)  # fmt: skip
"""Beginnings of sentences in the schema that speak of the API and not of the shop."""

CODES = {
    "Currency": "ISO 4217 code",
    "Country": "ISO 3166-1 alpha-2 code",
}
"""What the `code` of a type follows."""

ABBREVIATIONS = {"Eta": "ETA", "Etd": "ETD", "Json": "JSON", "Uri": "URI", "Url": "URL", "Vat": "VAT"}

_SENTENCE_END = re.compile(r"(?<=[.;]) (?=[A-Z]|perm:)")
_ASIDE = re.compile(r"; (what events carry|there is NO).*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def column_description(column: Column, table: Table, main: Table, schema: GraphQLSchema) -> str:
    """Says what a column of a planned table holds.

    Args:
        column: Has the fields that lead to its value.
        table: Where it stands.
        main: The resource's own table, where an amount's currency may stand.
        schema: Types the fields.
    """
    *way, last = column.steps
    said = read_description(last.node)
    if said:
        return said
    if column.name == table.root_key and table.lists:
        return f"Id of the {_type_words(last, schema)} that the row belongs to."
    unit = _unit(column, table, main)
    enclosing = next((text for step in reversed(way) if (text := read_description(step.node))), None)
    if enclosing:
        # What the comment calls by its name is the amount or the object itself.
        rest = unit if last.node.name.value in ("value", "id") else f"{_subject(column, schema)}. {unit}"
        return " ".join(f"{enclosing} {rest}".split())
    notes = [text for step in way if (text := _cleaned(step.definition.description))]
    own = _cleaned(last.definition.description) if last.node.name.value != "__typename" else ""
    subject = _subject(column, schema)
    if own[:1].isupper():
        is_told_apart = way or last.node.name.value == "id"
        subject = f"{subject}. {own}" if is_told_apart else own
    elif own:
        subject = f"{subject}, {own}"
    return " ".join(f"{subject}. {unit} {' '.join(f'{note}.' for note in notes)}".split())


def _subject(column: Column, schema: GraphQLSchema) -> str:
    """The value by the names of the fields that lead to it, without a full stop."""
    *way, last = column.steps
    name, owner = last.node.name.value, _type_words(last, schema)
    objects = [_words(step.node.name.value) for step in way]
    of = " of the ".join(reversed(objects)).replace(" of the totals", " in total") if objects else owner
    if name == "__typename":
        kinds = schema.get_possible_types(last.owner) if is_abstract_type(last.owner) else ()
        return f"Kind of {owner}: {' or '.join(kind.name for kind in kinds)}" if kinds else f"Kind of {owner}"
    if name == "value" and objects and last.owner.name in ("MonetaryValue", "Weight"):
        of_owner = f" of the {_type_words(way[0], schema)}" if len(way) == 1 else ""
        return _capital(of) + of_owner + _tax(way)
    if name == "code" and last.owner.name in CODES:
        described = of if objects else f"code of the {owner}"
        return f"{_capital(described)}, {CODES[last.owner.name]}"
    if column.data_type == "timestamp":
        return _moment(name, of)
    verb, _, rest = _words(name).partition(" ")
    if column.data_type == "bool" and verb in ("is", "has"):
        return f"Whether the {of} {verb} {rest}"
    if column.data_type == "bool":
        return f"Whether this holds for the {of}: {_words(name)}"
    if _words(name).startswith(f"{of} "):  # the product number of a product
        return _capital(_words(name))
    return f"{_capital(_words(name))} of the {of}"


def _unit(column: Column, table: Table, main: Table) -> str:
    """What a value counts in, or which values there are."""
    last = column.steps[-1]
    kind = get_named_type(last.definition.type)
    if last.node.name.value == "__typename":
        return ""
    if column.data_type == "timestamp":
        return "UTC."
    if column.is_list:
        return "A list, as JSON."
    if column.data_type == "decimal":
        return _currency(column, table, main)
    if is_enum_type(kind):
        values = _known_values(kind)
        return f"Such as {', '.join(values)}." if values else ""
    unit = f"{column.name.removesuffix('_value')}_unit"
    if last.owner.name == "Weight" and any(other.name == unit for other in table.columns):
        return f"In the unit of {unit}."
    return ""


def _currency(column: Column, table: Table, main: Table) -> str:
    """Where the currency of an amount stands: beside it, or once for the whole object."""
    beside = f"{column.name.removesuffix('_value')}_currency_code"
    for place, prefix in ((table, ""), (main, f"{main.name}.")):
        codes = [each.name for each in place.columns if _is_currency(each)]
        if beside in codes:
            return f"In the currency of {beside}."
        if len(codes) == 1:
            return f"In the currency of {prefix}{codes[0]}."
    return ""


def _is_currency(column: Column) -> bool:
    return bool(column.steps) and (
        column.steps[-1].owner.name == "Currency" and column.steps[-1].node.name.value == "code"
    )


def _tax(way: list[Step]) -> str:
    """Whether an amount includes tax, where Centra lets one choose."""
    for step in way:
        if "includingTax" in step.definition.args:
            defined = step.definition.args["includingTax"].ast_node
            given = [one.value for one in step.node.arguments or () if one.name.value == "includingTax"]
            chosen = given[0] if given else defined and defined.default_value
            if isinstance(chosen, BooleanValueNode):
                return ", tax included" if chosen.value else ", without tax"
    return ""


def _moment(name: str, of: str) -> str:
    words = _words(name)
    if name == "updatedAt":
        return f"When the {of} was last changed"
    event = words.removesuffix(" at")
    if words.endswith(" at") and event.endswith(("ed", "paid")):
        return f"When the {of} was {event}"
    return f"{_capital(event)} of the {of}"


def _known_values(kind: GraphQLEnumType) -> list[str]:
    """The values that were seen; our schema marks those that are guessed."""
    return [name for name, value in kind.values.items() if not _is_inferred(value)]


def _is_inferred(value: GraphQLEnumValue) -> bool:
    node = value.ast_node
    following = node.loc.end_token.next if node and node.loc else None
    return bool(following and following.kind is TokenKind.COMMENT and "inferred" in (following.value or ""))


def _cleaned(text: str | None) -> str:
    """The sentences of a schema's description that speak of the shop."""
    sentences = _SENTENCE_END.split(" ".join((text or "").split()))
    kept = [sentence for sentence in sentences if not sentence.startswith(MACHINE_NOTES)]
    told = _ASIDE.sub("", " ".join(kept))
    return told.replace("DTC", "Direct-to-consumer").removesuffix(".")


def _type_words(step: Step, schema: GraphQLSchema) -> str:
    """The type that a field was asked of, by the name that all its kinds share."""
    shared = [one.name for one in step.owner.interfaces if not one.name.startswith("ObjectWith")]
    is_own = not any(step.node.name.value in one.fields for one in step.owner.interfaces)
    return _words(step.owner.name if is_own or not shared else shared[0])


def _words(name: str) -> str:
    """`productVariant` as words; abbreviations such as EAN stay what they are."""
    words = (ABBREVIATIONS.get(word.capitalize(), word) for word in _WORD.findall(name))
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in words)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
