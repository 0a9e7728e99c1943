"""Writes the models into the dataset that they are made from."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence

import dlt
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.extract import DltResource
from dlt.extract.items import DataItemWithMeta

from ..destinations.queries import DIALECT, ROWS_PER_CHUNK
from ..resources import RESOURCES
from ..tables.loader_tables import LOAD_AUDIT
from ..tables.merging import item, merge_hints
from ..tables.table import arrow_schema
from .configuration import ModelsConfiguration, models_configuration
from .layout import MODELS, Model
from .statement import model_statement

LOADER_FORMAT = "model"
"""dlt's for a query that the destination runs itself: no row leaves it."""

WITHOUT_ZONES = ("sqlite", "mysql")
"""Dialects that cannot tell the day of a moment in a time zone."""


def derive_models(pipeline: dlt.Pipeline, configuration: ModelsConfiguration | None = None) -> list[str]:
    """Makes the models anew from the loaded tables, in one load, each replaced as a whole.

    A destination that runs queries makes them itself; from files, such as a lake of Parquet, the rows are
    read and written in batches.

    Args:
        pipeline: Of the destination that holds a loaded shop.
        configuration: Instead of the section `[models]`.

    Returns:
        The tables that were made. Of the others `left_out` tells the reason.

    Raises:
        InvalidSetting: There is no such time zone.
    """
    chosen, dataset = models_configuration(configuration), pipeline.dataset()
    missed = left_out(dataset)
    models = [model for model in MODELS if model.name not in missed]
    if models:
        _run(pipeline, models_resource(dataset, models, chosen.time_zone, is_inside=_runs_queries(pipeline)))
    return [model.name for model in models]


def _runs_queries(pipeline: dlt.Pipeline) -> bool:
    """Whether the destination itself can write what a query finds: databases can, folders of files cannot."""
    with pipeline.destination_client() as client:
        formats = client.capabilities.supported_loader_file_formats or ()
        return isinstance(client, SqlJobClientBase) and LOADER_FORMAT in formats


def _run(pipeline: dlt.Pipeline, resource: DltResource) -> None:
    """Runs a resource; what cannot be written does not wait for the next load, which it would stop."""
    if pipeline.has_pending_data:
        pipeline.run()  # what a killed run has left: beside it dlt would not look at anything new
    gc.freeze()  # parsed SQL is many small objects: to look through all others for each of them takes seconds
    try:
        pipeline.run(resource)
    except Exception:
        pipeline.abort_packages()
        raise
    finally:
        gc.unfreeze()


def left_out(dataset: dlt.Dataset) -> dict[str, str]:
    """The models that cannot be made of what is loaded, each with a sentence that says why."""
    reasons = {}
    loaded, dialect = _told(dataset), dataset.destination_dialect
    for model in MODELS:
        if dialect in WITHOUT_ZONES:
            reasons[model.name] = (
                f"{model.name} is not made: {dialect} knows no time zones, nor exact amounts."
            )
        elif missing := [table for table in model.needs if table not in loaded]:
            reasons[model.name] = f"{model.name} is not made without {', '.join(missing)}: load these, too."
        elif model.needs_load_ids and "_dlt_load_id" not in dataset.schema.tables[model.needs[0]]["columns"]:
            reasons[model.name] = (
                f"{model.name} is not made: rows of {model.needs[0]} do not tell their load; set "
                "add_dlt_load_id under [normalize.parquet_normalizer]."
            )
    return reasons


def _told(dataset: dlt.Dataset) -> set[str]:
    """The tables that tell something.

    Those of resources that the token may not read are there and empty. So are lists that are excluded or
    denied: they have no row, although what they belong to has some.
    """
    present = set(dataset.tables)
    if LOAD_AUDIT.name not in present:
        return present
    query = f"select distinct resource from {LOAD_AUDIT.name} where kind in ('window', 'list')"
    read = {name for (name,) in dataset(query, query_dialect=DIALECT).fetchall()}
    needed = {table for model in MODELS for table in model.needs}
    for name, resource in RESOURCES.items():
        lists = set(resource.lists.values())
        if name not in read:
            present -= {name, *lists}
            continue
        for table in lists & needed & present:
            counts = f"select (select count(*) from {name}) as owners, (select count(*) from {table}) as held"
            ((owners, held),) = dataset(counts, query_dialect=DIALECT).fetchall()
            if owners and not held:
                present.remove(table)
    return present


@dlt.resource(name="models")
def models_resource(
    dataset: dlt.Dataset, models: Sequence[Model], time_zone: str, *, is_inside: bool
) -> Iterator[DataItemWithMeta]:
    """The rows of some models, or the queries that make them.

    Args:
        dataset: A loaded shop, of the pipeline that runs this.
        models: Which.
        time_zone: Whose days they count in.
        is_inside: The destination runs the queries.
    """
    for model in models:
        relation = dataset(model_statement(dataset, model.name, time_zone), query_dialect=DIALECT)
        if is_inside:
            hints = merge_hints(model.table, replaced_by=None)
            yield dlt.mark.with_hints(relation, hints, create_table_variant=True)
            continue
        schema = arrow_schema(model.table)
        yield item(model.table, schema.empty_table(), None)
        for rows in relation.iter_arrow(chunk_size=ROWS_PER_CHUNK):
            yield item(model.table, rows.select(schema.names).cast(schema), None)
