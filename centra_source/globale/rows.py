"""The type of the rows that tables of Global-e are made from."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
"""The values of one row by column name."""
