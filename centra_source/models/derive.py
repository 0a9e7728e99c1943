"""Writes the models into the dataset that they are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import dlt
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.extract.items import DataItemWithMeta

from ..destinations.derived_tables import derive_separately, fit_table, record_failures, run_derived
from ..destinations.queries import DIALECT, ROWS_PER_CHUNK
from ..tables.merging import make_item, merge_hints
from ..tables.table import arrow_schema
from .absurd_values import find_absurd_values, find_unusable_values
from .configuration import ModelsConfiguration, models_configuration
from .layout import MODELS, Model
from .requirements import find_skipped_models
from .sales_tables import ORDER_LINES_ENRICHED
from .statement import model_statement
from .totals import TotalsCheck, check_totals

LOADER_FORMAT = "model"
"""dlt's name for queries that the destination runs itself, without moving rows."""

NOT_MADE = f"{ORDER_LINES_ENRICHED.name} was not made"


@dataclass(frozen=True)
class DerivedModels:
    """Result of `derive_models`.

    Attributes:
        made: Names of the tables that were written.
        skipped: The reason by name of each model that was not made, as a clause such as "stock is not loaded:
            load the resource stock, too (see --resources and --exclude)". Its table stays as it was.
        failed: A sentence by name of each model that the destination could not make, with the rows that have
            absurd values. Its table stays as it was.
        unusable: A sentence for each kind of value in the shop that no model can calculate with: what is
            calculated from it is null.
        totals: Whether the lines of each order add up to Centra's totals.
    """

    made: list[str]
    skipped: dict[str, str]
    failed: dict[str, str] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    totals: TotalsCheck = field(default_factory=lambda: TotalsCheck(not_checked=NOT_MADE))


def derive_models(pipeline: dlt.Pipeline, configuration: ModelsConfiguration | None = None) -> DerivedModels:
    """Makes the models from the loaded tables. One load replaces all of them.

    If one of them fails, each is made alone, so that it stops no other. A database runs the queries itself.
    For files, such as a lake of Parquet files, the rows are read and written in batches.

    Args:
        pipeline: The pipeline that loaded the shop.
        configuration: Settings; None: those of the section `[models]`.

    Returns:
        The tables that were made, and why the others were not.

    Raises:
        InvalidSetting: The time zone does not exist.
    """
    chosen, dataset = models_configuration(configuration), pipeline.dataset()
    skipped = find_skipped_models(dataset)
    models = [model for model in MODELS if model.name not in skipped]
    failed = _make_models(pipeline, models, chosen.time_zone) if models else {}
    if models:
        record_failures(pipeline, "models", failed)
    made = [model.name for model in models if model.name not in failed]
    unusable = find_unusable_values(dataset, made)
    if ORDER_LINES_ENRICHED.name not in made:
        return DerivedModels(made, skipped, failed, unusable)
    return DerivedModels(made, skipped, failed, unusable, check_totals(dataset))


def _make_models(pipeline: dlt.Pipeline, models: Sequence[Model], time_zone: str) -> dict[str, str]:
    """Makes some models, all in one load if that works. Returns a sentence for each that fails."""
    dataset, is_inside = pipeline.dataset(), _runs_queries(pipeline)

    def make(names: Sequence[str]) -> None:
        some = [model for model in models if model.name in names]
        resource = models_resource(dataset, some, time_zone, is_inside=is_inside)
        run_derived(pipeline, resource, [model.table for model in some])

    def name_absurd_rows(name: str) -> str:
        found = find_absurd_values(dataset, name)
        return f"Look at {'; '.join(found)}." if found else ""

    return derive_separately([model.name for model in models], make, name_absurd_rows)


def _runs_queries(pipeline: dlt.Pipeline) -> bool:
    """Whether the destination can write the result of a query itself:

    databases can, folders of files cannot.
    """
    with pipeline.destination_client() as client:
        formats = client.capabilities.supported_loader_file_formats or ()
        return isinstance(client, SqlJobClientBase) and LOADER_FORMAT in formats


@dlt.resource(name="models")
def models_resource(
    dataset: dlt.Dataset, models: Sequence[Model], time_zone: str, *, is_inside: bool
) -> Iterator[DataItemWithMeta]:
    """Yields the rows of some models, or the queries that make them.

    Args:
        dataset: A loaded shop, of the pipeline that runs this resource.
        models: The models.
        time_zone: Time zone of days and months.
        is_inside: Whether the destination runs the queries.
    """
    for model in models:
        relation = dataset(model_statement(dataset, model.name, time_zone), query_dialect=DIALECT)
        table = fit_table(model.table, str(dataset.destination_dialect))
        if is_inside:
            hints = merge_hints(table, replaced_by=None)
            yield dlt.mark.with_hints(relation, hints, create_table_variant=True)
            continue
        schema = arrow_schema(table)
        yield make_item(table, schema.empty_table(), None)
        for rows in relation.iter_arrow(chunk_size=ROWS_PER_CHUNK):
            yield make_item(table, rows.select(schema.names).cast(schema), None)
