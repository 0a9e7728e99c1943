"""The destination as it is configured: dlt's `filesystem` with a table format for all tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from dlt.common.configuration import configspec, resolve_type
from dlt.common.configuration.specs import CredentialsConfiguration
from dlt.common.destination import DestinationCapabilitiesContext, TLoaderFileFormat
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.schema.typing import TLoaderMergeStrategy, TTableSchema
from dlt.destinations import filesystem
from dlt.destinations.impl.filesystem.configuration import FilesystemDestinationClientConfiguration
from dlt.destinations.impl.filesystem.factory import filesystem_merge_strategies_selector

from ...exceptions import InvalidSetting
from ...tables.merging import STRATEGY

if TYPE_CHECKING:
    from .client import LakeClient

TABLE_FORMATS = ("parquet", "delta", "iceberg")


@configspec
class LakeConfiguration(FilesystemDestinationClientConfiguration):
    """dlt's settings under `[destination.filesystem]`, and one more."""

    table_format: Literal["parquet", "delta", "iceberg"] = "parquet"
    """What all tables are: plain Parquet files, Delta tables or Iceberg tables."""

    @resolve_type("credentials")
    def resolve_credentials_type(self) -> type[CredentialsConfiguration]:
        """By the bucket's protocol, as dlt does; a configuration does not inherit it."""
        return super().resolve_credentials_type()

    def on_resolved(self) -> None:
        """Refuses what is no format."""
        if self.table_format not in TABLE_FORMATS:
            raise InvalidSetting(
                f"table_format of [destination.filesystem] is '{self.table_format}': "
                f"it can be {', '.join(TABLE_FORMATS)}."
            )


class lake(filesystem):
    """dlt's `filesystem` destination with merges that are exact.

    All settings of `filesystem` hold, as arguments, under `[destination.filesystem]` or in the environment.

    Args:
        bucket_url: A folder or a bucket: "/data/lake", "s3://…", "az://…", "abfss://…", "gs://…".
        credentials: Of the bucket, as dlt takes them.
        table_format: "parquet", "delta" or "iceberg", for all tables; Parquet files unless told.
        destination_name: Names the section of the configuration, "filesystem" unless told.
        environment: As for any dlt destination.
        **settings: What else `filesystem` takes, such as `layout`.

    Raises:
        InvalidSetting: The files would be on Hugging Face, which takes no merges.
    """

    __orig_base__ = filesystem  # dlt leaves out arguments that are as this one has them

    def __init__(
        self,
        bucket_url: str | None = None,
        credentials: Any = None,
        table_format: Literal["parquet", "delta", "iceberg"] | None = None,
        destination_name: str | None = None,
        environment: str | None = None,
        **settings: Any,
    ) -> None:
        if table_format is not None:
            settings["table_format"] = table_format
        super().__init__(
            bucket_url=bucket_url,  # type: ignore[arg-type]  # None is its default
            credentials=credentials,
            destination_name=destination_name or "filesystem",
            environment=environment,  # type: ignore[arg-type]  # None is its default
            **settings,
        )
        if self.is_hf:
            raise InvalidSetting("Datasets of Hugging Face cannot be merged: use another bucket_url.")

    @property
    def spec(self) -> type[FilesystemDestinationClientConfiguration]:
        """What can be configured."""
        return LakeConfiguration

    @property
    def client_class(self) -> type[LakeClient]:
        """What loads."""
        from .client import LakeClient

        return LakeClient

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        capabilities.preferred_loader_file_format = "parquet"
        capabilities.loader_file_format_selector = _only_parquet
        capabilities.supported_merge_strategies = [
            STRATEGY,
            *(capabilities.supported_merge_strategies or ()),
        ]
        capabilities.merge_strategies_selector = _merge_strategies
        return capabilities

    @classmethod
    def adjust_capabilities(
        cls,
        caps: DestinationCapabilitiesContext,
        config: FilesystemDestinationClientConfiguration,
        naming: NamingConvention | None,
    ) -> DestinationCapabilitiesContext:
        """Gives every table the configured format."""
        caps = super().adjust_capabilities(caps, config, naming)
        table_format = getattr(config, "table_format", None)
        if table_format == "delta" or table_format == "iceberg":
            caps.preferred_table_format = table_format
        return caps


def _only_parquet(
    preferred: TLoaderFileFormat, supported: Sequence[TLoaderFileFormat], /, *, table_schema: TTableSchema
) -> tuple[TLoaderFileFormat, Sequence[TLoaderFileFormat]]:
    return "parquet", ["parquet"]


def _merge_strategies(
    supported: Sequence[TLoaderMergeStrategy], /, *, table_schema: TTableSchema
) -> Sequence[TLoaderMergeStrategy]:
    others = [strategy for strategy in supported if strategy != STRATEGY]
    return [STRATEGY, *filesystem_merge_strategies_selector(others, table_schema=table_schema)]


lake.register()
