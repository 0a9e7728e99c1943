"""How the values of a row of the catalog appear in findings."""

from __future__ import annotations

_SHOWN_CHARACTERS = 200
_SHOWN_IDS = 5


def is_blank(text: str | None) -> bool:
    """Whether a text is missing or has only white space."""
    return text is None or not text.strip()


def show_text(text: str) -> str:
    """Makes invisible characters of a text visible, and cuts it after 200 characters."""
    printed = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text[:_SHOWN_CHARACTERS])
    return printed if len(text) <= _SHOWN_CHARACTERS else f"{printed}…"


def format_ids(ids: list[int]) -> str:
    """Lists the first five ids and the number of the others: `1, 2, 3, 4, 5 and 7 more`."""
    few = ", ".join(str(one) for one in ids[:_SHOWN_IDS])
    return few if len(ids) <= _SHOWN_IDS else f"{few} and {len(ids) - _SHOWN_IDS} more"
