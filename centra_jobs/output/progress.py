"""Shows a running load in a terminal."""

from __future__ import annotations

from dlt.common.runtime.collector_base import Collector
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class RichCollector(Collector):
    """One bar for everything whose end is known; silent where the output is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        message: str | None = None,
        label: str | None = None,
    ) -> None:
        """Moves the bar of one counter; a counter gets its bar when its total is first told."""
        if self._progress is None:
            return
        if name not in self._bars:
            if total is None:
                return
            self._bars[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._bars[name], advance=inc)

    def _start(self, step: str) -> None:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description:>21}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.start()

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = None
        self._bars = {}
