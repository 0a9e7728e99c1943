"""Keeps secrets out of what a job prints, writes and sends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dlt

MASK = "***"

SECRET_NAMES = re.compile(
    "token|secret|password|passphrase|credentials$|connection_string|alert_url|(private|access|account|api)_key",
    re.IGNORECASE,
)
"""Names of secret settings, in .dlt/secrets.toml and in the environment."""

SECTIONS = ("sources", "destination", "warehouse")
"""The sections of the settings that are searched for secrets."""

SHORTEST = 8
"""Characters. Shorter texts may occur in a sentence by chance."""

_WORD = re.compile(r"[^\s\"']+")

_USER_IN_ADDRESS = re.compile(r"://[^:/@]*:")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replaces passwords in addresses, and known secrets, by asterisks."""
    text = _WORD.sub(lambda word: _redact_password(word[0]), text)
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _redact_password(word: str) -> str:
    """Replaces the password in an address. It ends at the last @, since it may contain one."""
    user, end = _USER_IN_ADDRESS.search(word), word.rfind("@")
    return f"{word[: user.end()]}{MASK}{word[end:]}" if user and end > user.end() else word


def redact_settings(text: str) -> str:
    """Replaces passwords in addresses, and the secrets of the settings, by asterisks."""
    try:
        return redact(text, find_secrets())
    except Exception:  # the settings cannot be read, which the text may be about
        return redact(text)


def find_secrets(*others: str | None) -> list[str]:
    """The secrets of the settings and `others`, longest first: a short one may be part of a longer one."""
    found = {one for one in others if one}
    found.update(value for name, value in os.environ.items() if SECRET_NAMES.search(name))
    for section in SECTIONS:
        for accessor in (dlt.secrets, dlt.config):
            found.update(_find_secrets_in(section, accessor.get(section)))
    return sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True)


def _find_secrets_in(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _find_secrets_in(str(key), inner)
    elif isinstance(value, str) and SECRET_NAMES.search(name):
        yield value
