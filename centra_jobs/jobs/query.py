"""`centra query`: sends a query of your own to the shop, with the loader's throttle, retries and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from centra_source import CentraError, query
from centra_source.atomic import replace_file
from centra_source.exceptions import InvalidSetting

from ..console import show_wait
from ..plain_text import encode_json
from ..runs.selection import make_settings


def run(console: Console, *, file: Path, variables: str | None, output: Path | None, sandbox: bool) -> int:
    """Prints or saves the answer as JSON; the options are those of `centra query`."""
    try:
        document = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidSetting(
            f"{file} cannot be read ({reason}): name a file with a GraphQL query."
        ) from error
    values = _parse_variables(variables)
    with ExitStack() as stack:
        settings = make_settings(stack, console, None, sandbox=sandbox)
        with show_wait(console, "Asking the shop"):
            answer = query(document, values, **settings)
    if output is None:
        print(encode_json(answer, indent=2))
        return 0
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    try:
        with replace_file(output) as unfinished:
            unfinished.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CentraError(
            f"{output} cannot be written ({error.strerror}): choose another --output."
        ) from error
    return 0


def _parse_variables(text: str | None) -> Mapping[str, Any]:
    try:
        values = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise InvalidSetting(
            f"--variables is not valid JSON ({error}): write it like '{{\"limit\": 5}}'."
        ) from error
    if not isinstance(values, dict):
        raise InvalidSetting("--variables is not a JSON object: write it like '{\"limit\": 5}'.")
    return values
