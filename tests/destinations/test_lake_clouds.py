"""Lakes on Azure and Google Cloud, tested with programs that emulate them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ..support.lake_places import TableFormat, make_lake_pipeline, read_stored_rows
from ..support.matrix import check_loaded_twice
from ..support.object_stores import Bucket, azure, google

__all__ = ["azure", "google"]

pytestmark = pytest.mark.slow

WITH_DELETIONS = ("orders", "stock", "brands")

WITHOUT_DELETIONS = ("vouchers", "stock", "brands", "warehouses")
"""Resources whose deletions raise no event: for one, the loader reads stored rows back by `dataset()`.

dlt has DuckDB ask Azure under its public name there, whatever host is configured. In `vouchers` lists get
shorter and empty; rows are replaced by their objects in that and `stock`, and as a whole in the others.
"""


def check(folder: Path, bucket: Bucket, resources: Sequence[str], table_format: TableFormat) -> None:
    """Loads a shop, edits it and loads it again; each time the files must hold what the shop has."""
    pipeline = make_lake_pipeline(folder, table_format, bucket.url, **bucket.settings)
    counts = check_loaded_twice(
        pipeline, lambda table: read_stored_rows(pipeline, table), resources=resources
    )
    assert min(counts[table] for table in (*resources, "stock_snapshots")) > 1


@pytest.mark.parametrize("table_format", ["parquet", "delta"])
def test_azure(tmp_path: Path, azure: Bucket, table_format: TableFormat) -> None:
    """On Azure every row and value is that of the shop after a full load, and after one of the edits."""
    if table_format == "delta":
        pytest.importorskip("deltalake", reason="deltalake is not installed")
    check(tmp_path, azure, WITHOUT_DELETIONS, table_format)


def test_google(tmp_path: Path, google: Bucket) -> None:
    """So it is on Google Cloud Storage, where what was deleted is read back, too."""
    check(tmp_path, google, WITH_DELETIONS, "parquet")
