"""The standard tests of the Singer SDK over every table, as an opinion from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from centra_sandbox import Sandbox

from .tap import CentraTap

pytestmark = [
    pytest.mark.full,
    pytest.mark.filterwarnings("ignore:No records were available"),  # `deleted_at` is null in all
]

CONFIG: dict[str, Any] = {"base_url": "", "access_token": ""}
"""Of the tap. Its streams are known without a shop; each process fills in its own when its tests begin."""

TestCentraTap = get_tap_test_class(
    CentraTap,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=None),
    parse_env_config=False,
)


@pytest.fixture(scope="module", autouse=True)
def _shop() -> Iterator[None]:
    """A shop that exists before the tests' own runner reads it."""
    with Sandbox(products=30, orders=150, seed=7) as sandbox:
        sandbox.shop.events.listen([{"objectType": "Order"}])
        CONFIG.update(base_url=sandbox.url, access_token=sandbox.token)
        yield
