"""Files in folders and buckets as a destination that holds exactly what the shop has.

dlt's own `filesystem` destination adds rows to plain Parquet files and never removes any, and its merges into
Delta and Iceberg tables leave the lines that an order has lost. This one carries out the merges of
`merging.py` on all three as a database does: the rows in the scope of a load go, the loaded ones come.

    pipeline = dlt.pipeline("my_shop", destination=lake("s3://bucket/shop", table_format="delta"))
"""

from .factory import LakeConfiguration, lake

__all__ = ["LakeConfiguration", "lake"]
