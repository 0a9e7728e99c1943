"""Fits the values of an answer to the types of the schema, where Arrow's reader rejects the answer."""

from __future__ import annotations

import json
import re
from typing import Any

from graphql import (
    FieldNode,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from ..data_types import DATA_TYPES
from ..misfits import AS_TEXT, CONVERTED, LOSSES, LOST, Example, Misfits
from ..operations.selections import FieldsType, get_fields_type, iterate_fields, response_key

_WORDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", dict: "an object"}
_INTEGER = re.compile(r"[+-]?\d{1,18}")


class LenientReader:
    """Fits values to a schema. What does not fit becomes text, another number, or null, and is recorded.

    Args:
        schema: Has the types of the fields.
        misfits: Where the misfits are recorded.
    """

    def __init__(self, schema: GraphQLSchema, misfits: Misfits) -> None:
        self._schema, self._misfits = schema, misfits
        self._path: list[str] = []
        self._object_id: Any = None

    def fit_object(
        self, value: dict[str, Any], selection: SelectionSetNode, owner: FieldsType
    ) -> dict[str, Any]:
        """Returns an object with the fields of a selection, each of the type that the schema says."""
        is_outermost = self._object_id is None and value.get("id") is not None
        if is_outermost:
            self._object_id = value["id"] if isinstance(value["id"], (int, str)) else _print(value["id"])
        fitted: dict[str, Any] = {}
        for node, definition, holder in iterate_fields(selection, owner, self._schema):
            key, name = response_key(node), f"{holder.name}.{node.name.value}"
            if key in value:
                self._path.append(key)
                found = self._fit(value[key], node, definition.type, name)
                self._path.pop()
                fitted[key] = _merge(fitted[key], found) if key in fitted else found
        if is_outermost:
            self._object_id = None
        return fitted

    def _record(self, name: str, value: Any, outcome: str, sent: str | None = None) -> None:
        example = Example(tuple(self._path), self._object_id, value)
        self._misfits.record_type(name, sent or _describe(value), outcome, examples=[example])
        if outcome in LOSSES:
            self._misfits.record_odd_ids([self._object_id])

    def _fit(self, value: Any, node: FieldNode, kind: GraphQLOutputType, name: str) -> Any:
        bare = get_nullable_type(kind)
        if value is None:
            return None
        if is_list_type(bare):
            if not isinstance(value, list):
                self._record(name, value, CONVERTED, "a single value in place of a list")
                value = [value]
            fitted = [self._fit(one, node, bare.of_type, name) for one in value]
            # A list of objects has no row for what is not an object.
            is_kept = [new is not None or old is None for old, new in zip(value, fitted, strict=True)]
            return [one for one, kept in zip(fitted, is_kept, strict=True) if kept]
        if is_composite_type(get_named_type(kind)):
            if isinstance(value, dict) and node.selection_set:
                return self.fit_object(value, node.selection_set, get_fields_type(kind))
            self._lose(value, node, kind, name)
            return None
        return self._fit_scalar(value, DATA_TYPES.get(get_named_type(kind).name, "text"), name)

    def _fit_scalar(self, value: Any, data_type: str, name: str) -> Any:
        fitted, outcome = _convert(value, data_type)
        if isinstance(value, (dict, list)) and name.endswith(".id"):
            fitted, outcome = None, LOST  # no text of it identifies an object
        if outcome:
            self._record(name, value, outcome)
        return fitted

    def _lose(self, value: Any, node: FieldNode, kind: GraphQLOutputType, name: str) -> None:
        """Records that an object is not there, and so none of its fields."""
        self._record(name, value, LOST)
        if node.selection_set:
            for inner, _, holder in iterate_fields(node.selection_set, get_fields_type(kind), self._schema):
                self._misfits.lost.add(f"{holder.name}.{inner.name.value}")


def _convert(value: Any, data_type: str) -> tuple[Any, str | None]:
    """Returns a value as its column can hold it, and what has become of it; None if it fits as it is."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if data_type == "bool":
        known = {"true": True, "false": False}.get(str(value).lower())
        return (value, None) if isinstance(value, bool) else (known, LOST if known is None else CONVERTED)
    if data_type == "double":
        if is_number:
            return float(value), None
        try:  # NaN is a float, but no number: see tables/column_values.py
            return float(value), CONVERTED
        except (TypeError, ValueError):
            return None, LOST
    if data_type == "bigint":
        if is_number and -(2**63) <= value < 2**63 and value == int(value):
            return int(value), None if isinstance(value, int) else CONVERTED
        is_integer = isinstance(value, str) and _INTEGER.fullmatch(value)
        return (int(value), CONVERTED) if is_integer else (None, LOST)
    if isinstance(value, str):
        return value, None
    return _print(value), AS_TEXT if data_type == "text" else CONVERTED


def _print(value: Any) -> str:
    """Prints a value as JSON. NaN and infinite numbers are printed as they were sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _merge(known: Any, found: Any) -> Any:
    """Puts together what inline fragments select of the same object."""
    if isinstance(known, dict) and isinstance(found, dict):
        return {
            **known,
            **{key: _merge(known[key], one) if key in known else one for key, one in found.items()},
        }
    if isinstance(known, list) and isinstance(found, list) and len(known) == len(found):
        return [_merge(one, other) for one, other in zip(known, found, strict=True)]
    return found


def _describe(value: Any) -> str:
    return "a list" if isinstance(value, list) else _WORDS.get(type(value), "another value")
