"""Writes the models into the dataset that they are made from."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dlt
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.extract import DltResource
from dlt.extract.items import DataItemWithMeta

from ..destinations.queries import DIALECT, ROWS_PER_CHUNK
from ..tables.merging import make_item, merge_hints
from ..tables.table import arrow_schema
from .configuration import ModelsConfiguration, models_configuration
from .layout import MODELS, Model
from .requirements import find_skipped_models
from .statement import model_statement

LOADER_FORMAT = "model"
"""dlt's name for queries that the destination runs itself, without moving rows."""


@dataclass(frozen=True)
class DerivedModels:
    """Result of `derive_models`.

    Attributes:
        made: Names of the tables that were written.
        skipped: The reason by name of each model that was not made, as a clause such as "stock is not loaded:
            load the resource stock, too (see --resources and --exclude)". Its table stays as it was.
    """

    made: list[str]
    skipped: dict[str, str]


def derive_models(pipeline: dlt.Pipeline, configuration: ModelsConfiguration | None = None) -> DerivedModels:
    """Makes the models from the loaded tables. One load replaces all of them.

    A database runs the queries itself. For files, such as a lake of Parquet files, the rows are read and
    written in batches.

    Args:
        pipeline: The pipeline that loaded the shop.
        configuration: Settings; None: those of the section `[models]`.

    Returns:
        The tables that were made, and why the others were skipped.

    Raises:
        InvalidSetting: The time zone does not exist.
    """
    chosen, dataset = models_configuration(configuration), pipeline.dataset()
    skipped = find_skipped_models(dataset)
    models = [model for model in MODELS if model.name not in skipped]
    if models:
        _run(pipeline, models_resource(dataset, models, chosen.time_zone, is_inside=_runs_queries(pipeline)))
    return DerivedModels([model.name for model in models], skipped)


def _runs_queries(pipeline: dlt.Pipeline) -> bool:
    """Whether the destination can write the result of a query itself:

    databases can, folders of files cannot.
    """
    with pipeline.destination_client() as client:
        formats = client.capabilities.supported_loader_file_formats or ()
        return isinstance(client, SqlJobClientBase) and LOADER_FORMAT in formats


def _run(pipeline: dlt.Pipeline, resource: DltResource) -> None:
    """Runs a resource. A failed package is dropped, because it would block the next load."""
    if pipeline.has_pending_data:
        pipeline.run()  # packages of a killed run: dlt would load only these and ignore the resource
    gc.freeze()  # parsed SQL is many small objects, and garbage collections among all others take seconds
    try:
        pipeline.run(resource)
    except Exception:
        pipeline.abort_packages()
        raise
    finally:
        gc.unfreeze()


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
        if is_inside:
            hints = merge_hints(model.table, replaced_by=None)
            yield dlt.mark.with_hints(relation, hints, create_table_variant=True)
            continue
        schema = arrow_schema(model.table)
        yield make_item(model.table, schema.empty_table(), None)
        for rows in relation.iter_arrow(chunk_size=ROWS_PER_CHUNK):
            yield make_item(model.table, rows.select(schema.names).cast(schema), None)
