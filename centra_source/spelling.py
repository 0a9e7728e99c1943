"""Suggestions for misspelled names."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Returns a question about the closest valid names, such as "did you mean orders or order_lines?"."""
    spelled = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), spelled, 3) or get_close_matches(name.lower(), spelled, 3, 0.0)
    return f"did you mean {' or '.join(spelled[one] for one in close)}?"


def nearest_names(name: str, known: Collection[str]) -> list[str]:
    """Returns the valid names that resemble a wrong one, the closest first; all of them if none does."""
    return get_close_matches(name, known, cutoff=0.5) or sorted(known)
