"""Requests that wait for each other in the shop, which proves that they are under way at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from centra_sandbox import Fault, Request
from centra_sandbox.faults import JSON, Exchange
from centra_source import RESOURCES

PATIENCE = 30
"""Seconds after which a gathering that never comes about fails its test."""


def is_page(request: Request) -> bool:
    """Whether a request reads objects, and does not merely count them."""
    return request.operation in RESOURCES and request.variables.get("first") != 1


class Together(Fault):
    """Requests are answered only once so many of them are under way.

    Args:
        wanted: How many; when they have come together once, all others are answered at once.
        counts: Which requests gather; the others are answered as they come.
        fault: What they then meet in place of an answer.

    Attributes:
        present: How many were under way when each of them came.
    """

    def __init__(
        self, wanted: int, counts: Callable[[Request], bool] = is_page, fault: Fault | None = None
    ) -> None:
        self.present: list[int] = []
        self._wanted, self._counts, self._fault = wanted, counts, fault
        self._under_way: list[Request] = []
        self._complete = asyncio.Event()

    async def strike(self, exchange: Exchange) -> None:
        """Wait for the others, then answer."""
        if not self._counts(exchange.request):
            await answer_normally(exchange)
            return
        self._under_way.append(exchange.request)
        self.present.append(len(self._under_way))
        if len(self._under_way) == self._wanted:
            self._complete.set()
        try:
            await asyncio.wait_for(self._complete.wait(), PATIENCE)
            if self._fault:
                await self._fault.strike(exchange)
            else:
                await answer_normally(exchange)
        finally:
            self._under_way.remove(exchange.request)


async def answer_normally(exchange: Exchange) -> None:
    """Execute the request, and send what comes of it."""
    answer = exchange.respond_normally()
    await exchange.send(answer.status, {"content-type": JSON, **answer.headers}, answer.encode())
