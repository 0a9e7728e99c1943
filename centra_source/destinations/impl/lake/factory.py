"""The factory of the destination and its settings: those of dlt's `filesystem` plus a table format."""

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

from ....exceptions import InvalidSetting
from ....tables.merging import STRATEGY

if TYPE_CHECKING:
    from .client import LakeClient

TABLE_FORMATS = ("parquet", "delta", "iceberg")


@configspec
class LakeConfiguration(FilesystemDestinationClientConfiguration):
    """The settings of `lake`: those of dlt's `filesystem` in `[destination.filesystem]`, and one more."""

    table_format: Literal["parquet", "delta", "iceberg"] = "parquet"
    """Format of all tables: plain Parquet files, Delta tables or Iceberg tables."""

    @resolve_type("credentials")
    def resolve_credentials_type(self) -> type[CredentialsConfiguration]:
        """Chooses the credentials by the protocol of the bucket, as dlt does.

        Subclasses do not inherit this.
        """
        return super().resolve_credentials_type()

    def on_resolved(self) -> None:
        """Refuses an unknown table format."""
        if self.table_format not in TABLE_FORMATS:
            raise InvalidSetting(
                f"table_format in [destination.filesystem] is '{self.table_format}': use one of "
                f"{', '.join(TABLE_FORMATS)}."
            )


class lake(filesystem):
    """dlt's `filesystem` destination with exact merges.

    It takes the settings of `filesystem`: as arguments, in `[destination.filesystem]` or in the environment.
    Delta and Iceberg tables need `centra-source[lake]`, buckets the extra of dlt for their cloud, such as
    `dlt[s3]`.

    Args:
        bucket_url: Folder or bucket: "/data/lake", "s3://…", "az://…", "abfss://…", "gs://…".
        credentials: Credentials of the bucket, as dlt takes them.
        table_format: Format of all tables: "parquet" (default), "delta" or "iceberg".
        destination_name: Section of the configuration; default: "filesystem".
        environment: As for any dlt destination.
        **settings: Other settings of `filesystem`, such as `layout`.

    Raises:
        InvalidSetting: The bucket is a dataset on Hugging Face, which cannot be merged.
    """

    __orig_base__ = filesystem  # dlt omits arguments that equal the defaults of this class

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
            raise InvalidSetting(
                "Rows of datasets on Hugging Face cannot be replaced: use another bucket_url."
            )

    @property
    def spec(self) -> type[FilesystemDestinationClientConfiguration]:
        """The settings."""
        return LakeConfiguration

    @property
    def client_class(self) -> type[LakeClient]:
        """The client that loads."""
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
        """Sets the configured format for every table."""
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
