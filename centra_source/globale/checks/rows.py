"""A row of the catalog, and how a value of it is shown."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

_SHOWN_CHARACTERS = 200


def is_blank(text: str | None) -> bool:
    """Whether there is nothing to read."""
    return text is None or not text.strip()


def shown(text: str) -> str:
    """A text with its invisible characters made visible, and cut where it is long."""
    printed = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text[:_SHOWN_CHARACTERS])
    return printed if len(text) <= _SHOWN_CHARACTERS else f"{printed}…"


def listed(ids: list[int]) -> str:
    """A few ids, and how many more there are."""
    few = ", ".join(str(one) for one in ids[:5])
    return few if len(ids) <= 5 else f"{few} and {len(ids) - 5} more"
