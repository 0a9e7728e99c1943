"""`python -m centra_sandbox`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def started() -> Iterator[list[str]]:
    """The first lines of a sandbox started from the command line."""
    arguments = ["--products", "10", "--orders", "20", "--port", "0", "--token", "secret"]
    process = subprocess.Popen(
        [sys.executable, "-m", "centra_sandbox", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield [process.stdout.readline(), process.stdout.readline()]
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_command_line_prints_address_and_serves(started: list[str]) -> None:
    """A parent process reads address and token from the first line; the default plan is Growth."""
    found = re.fullmatch(r"Sandbox shop at (http://127\.0\.0\.1:\d+/graphql) \(token: (.+)\)\n", started[0])
    assert found
    assert "10 products" in started[1]
    answer = requests.post(
        found[1],
        json={"query": "{ counters { orders } rateLimits { type quota } }"},
        headers={"Authorization": f"Bearer {found[2]}"},
        timeout=10,
    ).json()["data"]
    assert answer["counters"] == {"orders": 20}
    assert answer["rateLimits"][0] == {"type": "REQUEST_COUNT", "quota": 60}
