"""Time that passes only when a thread sleeps, for both the loader and the shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from centra_sandbox import Clock

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


class VirtualTime:
    """Seconds that pass only in sleeps. It moves the sandbox's clock, which it freezes at noon.

    Attributes:
        meanwhile: Called at the start of each sleep.
    """

    def __init__(self, shop_clock: Clock | None = None) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.shop_clock = shop_clock or Clock()
        self.shop_clock.set(NOON)

    def sleep(self, seconds: float) -> None:
        """Moves the time forward."""
        assert seconds > 0
        assert len(self.slept) < 50_000, "a wait that never ends"
        self.meanwhile()
        self.slept.append(seconds)
        self.now += seconds
        self.shop_clock.set(NOON + timedelta(seconds=self.now))
