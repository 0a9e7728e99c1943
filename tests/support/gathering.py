"""Requests that wait for each other in the shop, which proves that they run concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from centra_sandbox import Fault, Request
from centra_sandbox.faults import JSON, Exchange
from centra_source import RESOURCES

PATIENCE = 30
"""Seconds to wait for the other requests before the test fails."""


def is_page(request: Request) -> bool:
    """Whether a request reads objects instead of only counting them."""
    return request.operation in RESOURCES and request.variables.get("first") != 1


class Together(Fault):
    """Answers requests only when a number of them run at the same time.

    Args:
        wanted: The number of requests. After they have met once, all others are answered immediately.
        counts: Selects the requests that wait. The others are answered immediately.
        fault: The fault that they then get instead of an answer.

    Attributes:
        present: The number of requests in progress when each of them arrived.
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
    """Execute the request and send the result."""
    answer = exchange.respond_normally()
    await exchange.send(answer.status, {"content-type": JSON, **answer.headers}, answer.encode())
