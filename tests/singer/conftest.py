"""The SDK's own pytest plugin, here only: all other tests would wait for its import."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from singer_sdk.testing.pytest_plugin import pytest_generate_tests

__all__ = ["pytest_generate_tests"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(scope="package", autouse=True)
def _own_signals() -> Iterator[None]:
    """A tap handles signals as if the process were its own; afterwards the process is pytest's again."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
