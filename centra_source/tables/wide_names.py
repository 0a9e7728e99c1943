"""Names wide columns, so that each keeps its name and its form from load to load."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from typing import Any

from .pivots import Form, Source
from .table import snake_case

DLT_PREFIX = "_dlt"
"""How the names of dlt's own columns begin."""


class ColumnNames:
    """The names of the wide columns of one table. A name is never changed once it is assigned.

    Args:
        state: What each column is for, by its name: the setting, the source and the form. It is changed in
            place, and kept from load to load.
        planned: The planned columns of the table.
        most: How many columns a table can have at the destination; None: no limit.
    """

    def __init__(
        self, state: dict[str, list[Any]], planned: Collection[str], most: int | None = None
    ) -> None:
        for name in [name for name in state if name in planned or name.startswith(DLT_PREFIX)]:
            del state[name]  # a new field of Centra, or a column of dlt, has this name
        self._state, self._planned, self._most = state, frozenset(planned), most

    def list_columns(self, setting: str) -> list[tuple[str, Source, Form]]:
        """The columns of a setting as name, source and form, in the order they were added."""
        columns = self._state.items()
        return [(name, (first, second), form) for name, (of, first, second, form) in columns if of == setting]

    def assign_name(self, setting: str, source: Source, form: Form, *, is_usual: bool) -> bool:
        """Assigns a name to the column of a source in one form, if it does not have one.

        Returns whether it has one: not if the table has no room for more columns.

        The name ends with the form if the source has another form already, or if its form is not the usual
        one. If two sources lead to the same name, the later one gets part of its hash as a suffix.
        """
        forms = [known_form for _, known, known_form in self.list_columns(setting) if known == source]
        if form in forms:
            return True
        if self._most is not None and len(self._planned) + len(self._state) >= self._most:
            return False
        parts = source if is_usual and not forms else (*source, form)
        name = ""
        with suppress(ValueError):  # nothing is left of it
            name = snake_case("_".join(parts))
        if not name or name.startswith(DLT_PREFIX):
            name = name.lstrip("_") or "attribute"
        if name in self._state or name in self._planned:
            own = sha256("\0".join((setting, *source, form)).encode()).hexdigest()
            name = f"{name}_{own[:8]}"
        self._state[name] = [setting, *source, form]
        return True
