"""Derives the tables for analysts and the Global-e catalog: one order and one rule for every job."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import dlt

from centra_source.destinations.derived_tables import describe_reason
from centra_source.exceptions import InvalidSetting, find_cause
from centra_source.globale import Summary, catalog_configuration, derive_catalog, summarize_issues
from centra_source.models import DerivedModels, derive_models

from ..exit_codes import INTERRUPTED, TERMINATED
from .duckdb_file import keep_open
from .failures import describe_failure

CatalogWish = Literal["required", "wanted", "optional", "none"]
"""What a job wants of the Global-e catalog. Without one, "required" fails, "wanted" counts it as a problem,
and "optional" gives the reason."""


@dataclass(frozen=True)
class Derived:
    """What was derived.

    Attributes:
        models: Which tables for analysts were made, and why the others were not.
        catalog: What the checks of the Global-e catalog found; None without a catalog.
        no_catalog: Why this shop has no Global-e catalog; None if it has one, or if none was wanted.
        problems: What could not be made although it was wanted: a sentence for each.
    """

    models: DerivedModels
    catalog: Summary | None = None
    no_catalog: str | None = None
    problems: tuple[str, ...] = ()

    def list_shortfalls(self) -> list[str]:
        """What could not be made, or is not exact: a sentence for each."""
        return [*self.problems, *(sentence for some in self.doubts.values() for sentence in some)]

    @property
    def doubts(self) -> Mapping[str, Sequence[str]]:
        """What is not exact although the tables were made: sentences by a clause that sums them up."""
        totals = self.models.totals
        orders = "1 order differ" if totals.differing == 1 else f"{totals.differing:,} orders differ"
        found = {
            "values of the shop cannot be calculated with": self.models.unusable,
            f"the lines of {orders} from Centra's totals": totals.sentences,
        }
        return {clause: sentences for clause, sentences in found.items() if sentences}


def derive_tables(pipeline: dlt.Pipeline, *, catalog: CatalogWish, store: int | None = None) -> Derived:
    """Derives every table again from the loaded ones.

    Args:
        pipeline: The destination, with a loaded shop.
        catalog: What the job wants of the Global-e catalog.
        store: The store of the catalog; None is the one of the configuration, or the only one.

    Raises:
        InvalidSetting: The catalog is required, and its settings do not fit the shop.
    """
    with keep_open(pipeline):
        models = derive_models(pipeline)
        problems = tuple(models.failed.values())
        if catalog == "none":
            return Derived(models, problems=problems)
        try:
            derive_catalog(pipeline, catalog_configuration(store=store))
        except Exception as error:
            refusal = find_cause(error, InvalidSetting)
            reason = str(refusal) if refusal else None
            if catalog == "required":
                raise
            if reason is None or catalog == "wanted":
                reason = reason or f"It could not be made, and is as it was before: {describe_reason(error)}."
                problems = (*problems, f"No Global-e catalog: {reason}")
            if pipeline.has_pending_data:
                pipeline.abort_packages()
            return Derived(models, no_catalog=reason, problems=problems)
        return Derived(models, catalog=summarize_issues(pipeline.dataset()), problems=problems)


def derive_after_load(pipeline: dlt.Pipeline, *, catalog: CatalogWish, store: int | None = None) -> Derived:
    """Derives like `derive_tables`; whatever fails is a problem, since the shop is loaded all the same."""
    try:
        return derive_tables(pipeline, catalog=catalog, store=store)
    except Exception as error:
        failure = describe_failure(error)
        if failure is None:
            logging.getLogger("centra").exception("Traceback:")
        elif failure.code in (INTERRUPTED, TERMINATED):
            raise
        reason = failure.sentence if failure else f"{describe_reason(error)}."
        sentence = f"The derived tables are as they were before, because of an error: {reason}"
        return Derived(DerivedModels([], {}, failed={"models": sentence}), problems=(sentence,))
