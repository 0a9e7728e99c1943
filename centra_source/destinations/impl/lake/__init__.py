"""Files in folders and buckets as a destination that holds exactly what the shop holds.

dlt's own `filesystem` destination appends rows to plain Parquet files and never removes any. Its merges into
Delta and Iceberg tables keep lines that an order no longer has. This destination runs the merges of
`tables/merging.py` on all three formats as a database does: it removes the rows in the scope of a load and
adds the loaded rows.
"""

from .factory import LakeConfiguration, lake

__all__ = ["LakeConfiguration", "lake"]
