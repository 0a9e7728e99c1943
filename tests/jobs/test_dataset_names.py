"""Names of datasets: what cannot be a name everywhere is refused before anything is read."""

from __future__ import annotations

import pytest

from centra_jobs.runs.opening import BACKFILL, LONGEST_NAME, pipeline_name
from centra_source.exceptions import InvalidSetting


@pytest.mark.parametrize("name", ["shop-data", "raw.centra", "2026", "shop data", "", "butik_å", "x" * 48])
def test_name_that_some_destination_refuses_is_refused(name: str) -> None:
    """The sentence says which names are possible."""
    with pytest.raises(InvalidSetting, match="letters, digits and underscores, with a letter first"):
        pipeline_name("postgres", name)


@pytest.mark.parametrize("destination", [None, "postgres", "centra_source.lake"])
def test_name_has_room_for_a_backfill(destination: str | None) -> None:
    """dlt names a schema like the pipeline, and a backfill has a pipeline of its own."""
    names = ("shop", "Shop_2", "_raw", "x" * 20)
    made = {pipeline_name(destination, name) for name in names}
    assert len(made) == len(names)
    assert all(len(name + BACKFILL) <= LONGEST_NAME for name in made)
    assert all(name.replace("_", "").isalnum() for name in made)
