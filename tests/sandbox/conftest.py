"""Sandboxes to ask, and ways to ask them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]
Post = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def reader() -> Iterator[Sandbox]:
    """One shop for all tests that only read."""
    with Sandbox(products=50, orders=120, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def post() -> Post:
    """Send a query as an HTTP client does; the response as it came."""

    def send(sandbox: Sandbox, query: str, token: str | None = None, **variables: Any) -> requests.Response:
        return requests.post(
            sandbox.url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token or sandbox.token}"},
            timeout=10,
        )

    return send


@pytest.fixture(scope="session")
def ask(post: Post) -> Ask:
    """Send a query; the JSON of the answer."""

    def answer(sandbox: Sandbox, query: str, **variables: Any) -> dict[str, Any]:
        body: dict[str, Any] = post(sandbox, query, **variables).json()
        return body

    return answer
