"""How personal data is treated, by the settings: kept, hashed, or not even requested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from graphql import FieldNode

from ..operations.documents import Operation
from ..operations.rewriting import without_fields
from ..operations.selections import FieldsType, Path, qualify_field
from ..setting_parsers import parse_pii, parse_pii_secret
from ..tables.table import Column, Table
from .hashing import Hashing, make_fingerprint
from .personal_fields import PERSONAL, find_personal_field


@dataclass(frozen=True)
class Privacy:
    """How personal data is treated.

    Attributes:
        actions: keep, hash or drop, for every field of `PERSONAL`.
    """

    actions: Mapping[str, str]
    _key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, pii: str | Mapping[str, Any] | None) -> Privacy:
        """Parses the setting `pii`. A query can be made of the result; rows need the secret as well.

        Raises:
            InvalidSetting: See `parse_pii`.
        """
        return cls(parse_pii(pii, PERSONAL))

    def with_secret(self, secret: str | None) -> Privacy:
        """Returns the same with the key of the hashes.

        Raises:
            InvalidSetting: A field is hashed, and the secret is missing or too short.
        """
        if "hash" not in self.actions.values():
            return self
        return replace(self, _key=parse_pii_secret(secret).encode())

    def remove_dropped_fields(self, operation: Operation) -> Operation:
        """Returns the operation without the fields that are dropped, as it is sent to the shop."""
        if "drop" not in self.actions.values():
            return operation

        def is_dropped(owner: FieldsType, node: FieldNode, path: Path) -> bool:
            return self.actions.get(qualify_field(owner, node.name.value)) == "drop"

        asked = without_fields(operation, is_dropped)
        assert asked, "no key is personal"
        return asked

    def protect(self, tables: Sequence[Table]) -> list[Table]:
        """Returns the tables as they are loaded: with texts for hashes, and nulls for dropped values."""
        return [replace(table, columns=tuple(map(self._protect, table.columns))) for table in tables]

    def _protect(self, column: Column) -> Column:
        name = find_personal_field(column)
        if not name:
            return column
        column, action = replace(column, is_personal=True), self.actions[name]
        if action == "keep":
            return column
        if action == "drop":
            return replace(
                column, hide=_drop_values, description=_add_note(column, "Not loaded: personal data.")
            )
        hashing = Hashing.of(PERSONAL[name], self._key)
        description = _add_note(column, "Hashed by HMAC-SHA-256: personal data.")
        return replace(column, data_type="text", hide=hashing, description=description)

    def make_marks(self, tables: Sequence[Table]) -> dict[str, dict[str, str]]:
        """Describes how the personal fields in protected tables are treated, to compare loads.

        Returns:
            The action and the data type by field. Hashes made with another secret are another action.
        """
        secret = make_fingerprint(self._key)
        marks = {}
        for column in (column for table in tables for column in table.columns):
            if name := find_personal_field(column):
                action = self.actions[name]
                mark = f"hash {secret}" if action == "hash" else action
                marks[name] = {"action": mark, "type": column.data_type}
        return marks


def _drop_values(values: pa.Array) -> pa.Array:
    return pa.nulls(len(values), values.type)


def _add_note(column: Column, note: str) -> str:
    return f"{column.description.rstrip('.')}. {note}" if column.description else note
