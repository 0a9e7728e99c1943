"""What users import from centra_source."""

from __future__ import annotations

import inspect
import subprocess
import sys

import centra_source

LAZY = ("gql", "requests.sessions", "pyarrow", "graphql", "centra_source.api", "centra_source.loading")
"""What importing the package must not load, except for what dlt loads by itself."""


def test_every_public_name_is_documented() -> None:
    """Each function and class has a docstring, and each function with arguments explains them."""
    for name in centra_source.__all__:
        value = getattr(centra_source, name)
        if not callable(value):
            continue
        assert value.__doc__, name
        if inspect.isfunction(value) and len(inspect.signature(value).parameters) > 1:
            assert "Args:" in value.__doc__, name


def test_every_public_name_can_be_listed() -> None:
    """`dir` shows the names that are imported when they are first used, too."""
    assert set(centra_source.__all__) <= set(dir(centra_source))


def test_import_stays_light() -> None:
    """No HTTP client and no Arrow, unless dlt has loaded it."""
    program = (
        "import sys, dlt; before = set(sys.modules); import centra_source; "
        f"print(*[name for name in {LAZY!r} if name in set(sys.modules) - before])"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.split() == []
