"""Keeps secrets out of everything that a job prints, writes and sends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dlt

HIDDEN = "***"

SECRET_NAMES = re.compile(
    "token|secret|password|passphrase|credentials$|connection_string|alert_url|(private|access|account|api)_key",
    re.IGNORECASE,
)
"""What the names of secret settings hold, in .dlt/secrets.toml and in the environment."""

SECTIONS = ("sources", "destination", "warehouse")
"""The settings that are looked through."""

SHORTEST = 8
"""Characters. Shorter texts stand in sentences by chance."""

_PASSWORD_IN_ADDRESS = re.compile(r"(://[^:/@\s]*:)[^\s\"']+@")
"""Up to the last @: a password may hold one."""


def hidden(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with asterisks for passwords in addresses, and for secrets that are known."""
    text = _PASSWORD_IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def known_secrets(*others: str | None) -> list[str]:
    """The secrets of the settings and `others`, longest first, so that none hides a part of another only."""
    found = {one for one in others if one}
    found.update(value for name, value in os.environ.items() if SECRET_NAMES.search(name))
    for section in SECTIONS:
        for accessor in (dlt.secrets, dlt.config):
            found.update(_secrets_in(section, accessor.get(section)))
    return sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True)


def _secrets_in(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets_in(str(key), inner)
    elif isinstance(value, str) and SECRET_NAMES.search(name):
        yield value
