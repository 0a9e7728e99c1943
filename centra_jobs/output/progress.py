"""Shows a running load on a terminal."""

from __future__ import annotations

from dlt.common.runtime.collector_base import Collector
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

WAITS = {"Extract": "asking the shop", "Normalize": "preparing rows", "Load": "writing tables"}
"""What is shown for each of dlt's steps until something can be counted."""


class RichCollector(Collector):
    """One bar for each counter with a known total. Prints nothing when the output is not a terminal.

    Until the first counter appears, a bar without a total says what is being waited for.

    Args:
        console: Where the bars are shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}
        self._wait: TaskID | None = None

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        message: str | None = None,
        label: str | None = None,
    ) -> None:
        """Advances the bar of a counter; see dlt's `Collector`.

        A total may grow during a load, as Centra's does when objects are added. A bar never exceeds it.
        """
        if self._progress is None or label is not None:
            return
        bar = self._bars.get(name)
        if bar is None:
            if total is None and inc_total is None:
                return
            bar = self._bars[name] = self._progress.add_task(name, total=0)
            self._hide_wait()
        task = next(task for task in self._progress.tasks if task.id == bar)
        done = task.completed + inc
        known = (total if total is not None else task.total or 0) + (inc_total or 0)
        self._progress.update(bar, completed=done, total=max(known, done))

    def _start(self, step: str) -> None:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description:>21}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._wait = self._progress.add_task(WAITS.get(step.split()[0], step), total=None)
            self._progress.start()

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = None
        self._bars = {}

    def _hide_wait(self) -> None:
        if self._progress is not None and self._wait is not None:
            self._progress.remove_task(self._wait)
            self._wait = None
