"""Destinations that hold exactly what the shop holds.

Most of dlt's destinations merge exactly, such as `duckdb`, `snowflake` and `bigquery`: use them as they are.
For files and for PostgreSQL use those of this package, which take the settings of dlt's:

    import dlt
    from centra_source.destinations import lake, postgres

    dlt.pipeline("shop", destination=lake("s3://bucket/shop", table_format="delta"))
    dlt.pipeline("shop", destination=postgres(), dataset_name="shop_data")

What they need is imported when they are used: `lake` needs `centra-source[lake]` for Delta and Iceberg
tables, `postgres` needs `dlt[postgres]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .impl.lake import LakeConfiguration, lake
    from .impl.postgres import postgres
    from .registry import resolve_destination

__all__ = ["LakeConfiguration", "lake", "postgres", "resolve_destination"]

_LAZY = {
    "LakeConfiguration": ".impl.lake",
    "lake": ".impl.lake",
    "postgres": ".impl.postgres",
    "resolve_destination": ".registry",
}
"""Where each exported name is defined."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
