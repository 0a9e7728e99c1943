"""Reads the JSON of an answer directly into Arrow, by the types that the operation and the schema promise.

No Python object is created for a value, and other threads run in the meantime: Arrow releases the GIL.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.json
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from ..data_types import DATA_TYPES, JSON_TYPES
from ..misfits import Misfits
from ..operations.documents import Operation, get_definition
from ..operations.selections import FieldsType, find_root, get_fields_type, iterate_fields, response_key
from .lenient_answers import LenientReader
from .text_repair import load_json

NUL_ESCAPE = rb"\u0000"
"""The only form of the character NUL in JSON."""


@dataclass(frozen=True)
class Shape:
    """The types of the answers to one operation."""

    _operation: Operation
    _answer: pa.Schema

    def read(
        self, body: bytes, misfits: Misfits, *, has_replaced_text: bool = False
    ) -> ExecutionResult | None:
        """Reads an answer: the fields of its `data` as Arrow scalars, or None for null, and its complexity.

        Returns None if the answer is to another operation, contains errors, or is not JSON.

        Args:
            body: The answer.
            misfits: Where values of another type than the schema says are recorded.
            has_replaced_text: Whether the answer contains U+FFFD in place of what was not Unicode.
        """
        misfits.has_replaced_text |= has_replaced_text
        misfits.has_nul |= NUL_ESCAPE in body
        try:
            return self._read_exactly(body)
        except pa.ArrowInvalid:
            return self._read_leniently(body, misfits)

    def _read_exactly(self, body: bytes) -> ExecutionResult | None:
        if not body.lstrip().startswith(b"{"):
            return None  # pyarrow 26 crashes on a mere `null`
        whole = pa.json.ReadOptions(use_threads=False, block_size=len(body) + 1)
        known = pa.json.ParseOptions(
            explicit_schema=self._answer, newlines_in_values=True, unexpected_field_behavior="ignore"
        )
        # Arrow's own pool would keep the memory that a thread has used, and every load has new threads.
        memory = pa.system_memory_pool()
        answers = pa.json.read_json(pa.BufferReader(body), whole, known, memory)
        answer = answers.slice(0, 1).to_batches()[0]
        ((data, errors, extensions),) = zip(*answer.columns, strict=True)
        values = {key: value if value.is_valid else None for key, value in data.items()}
        if answers.num_rows > 1 or errors.is_valid or all(value is None for value in values.values()):
            return None
        return ExecutionResult(values, extensions=extensions.as_py() or {})

    def _read_leniently(self, body: bytes, misfits: Misfits) -> ExecutionResult | None:
        """Reads an answer in which values have other types. It is slow: every value is a Python object."""
        try:
            content = load_json(body)
        except ValueError:
            return None
        data = content.get("data") if isinstance(content, dict) and not content.get("errors") else None
        if not isinstance(data, dict):
            return None
        schema = self._operation.schema
        selection = get_definition(self._operation.document).selection_set
        assert schema.query_type
        fitted = LenientReader(schema, misfits).fit_object(data, selection, schema.query_type)
        answer = pa.array([fitted], self._answer.field("data").type)[0]
        values = {key: value if value.is_valid else None for key, value in answer.items()}
        if all(value is None for value in values.values()) and not data.keys() >= values.keys():
            return None
        extensions = content.get("extensions")
        return ExecutionResult(values, extensions=extensions if isinstance(extensions, dict) else {})


@lru_cache(maxsize=256)
def get_shape(operation: Operation) -> Shape:
    """Returns the shape of an operation's answers."""
    selection, query = get_definition(operation.document).selection_set, operation.schema.query_type
    assert query
    answer = {
        "data": _make_struct(selection, query, operation.schema),
        "errors": pa.list_(pa.struct([])),
        "extensions": pa.struct({"complexity": pa.int64()}),
    }
    return Shape(operation, pa.schema(answer))


def make_empty_nodes(operation: Operation) -> pa.StructArray:
    """Returns an array without objects, of the type of the objects that an operation lists."""
    root = find_root(operation)
    return pa.nulls(0, _make_struct(root.selection, root.type, operation.schema))


def _make_struct(selection: SelectionSetNode, owner: FieldsType, schema: GraphQLSchema) -> pa.StructType:
    fields = []
    for node, definition, _ in iterate_fields(selection, owner, schema):
        named = get_named_type(definition.type)
        if is_composite_type(named):
            assert node.selection_set
            kind = _make_struct(node.selection_set, get_fields_type(definition.type), schema)
        else:
            kind = JSON_TYPES.get(DATA_TYPES.get(named.name, "text"), pa.string())
        is_list = is_list_type(get_nullable_type(definition.type))
        fields.append(pa.schema({response_key(node): pa.list_(kind) if is_list else kind}))
    # Inline fragments can select different parts of the same object.
    return pa.struct(list(pa.unify_schemas(fields)))
