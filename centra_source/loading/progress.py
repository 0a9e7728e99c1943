"""Shows dlt's progress bar how many objects have been read, which are not yet rows that are written."""

from __future__ import annotations

from ..state import active_pipeline


class Progress:
    """A counter of its own for each resource: dlt's counts rows when a whole batch has been written.

    Args:
        resource: Name of the resource.

    Attributes:
        total: How many objects are to be read, if known.
    """

    def __init__(self, resource: str) -> None:
        pipeline = active_pipeline()
        self._collector = pipeline.collector if pipeline else None
        self._name = f"{resource} read"
        self.total: int | None = None

    def advance(self, objects: int) -> None:
        """Counts more objects."""
        if self._collector:
            self._collector.update(self._name, inc=objects, total=self.total)  # type: ignore[arg-type]  # None is its default
