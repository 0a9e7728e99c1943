"""`python -m centra_sandbox`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from centra_sandbox.__main__ import build_parser

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


def test_schema_file_is_checked_before_a_shop_is_generated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be served ends with one sentence about the file."""
    parser = build_parser("centra sandbox")
    good, bad = tmp_path / "good.graphql", tmp_path / "bad.graphql"
    good.write_text("scalar DateTimeTz type Query { moment: DateTimeTz }")
    bad.write_text("<html>")
    assert parser.parse_args(["--schema", str(good)]).schema == good
    for path, reason in ((bad, "does not hold a GraphQL schema"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(SystemExit):
            parser.parse_args(["--schema", str(path)])
        assert reason in capsys.readouterr().err
