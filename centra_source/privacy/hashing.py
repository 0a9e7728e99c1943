"""Hashes personal data: equal values have equal hashes, and nobody without the secret can find the value."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from unicodedata import normalize

import pyarrow as pa

from .personal_fields import Kind

Normalization = Callable[[str], str]


def normalize_text(text: str) -> str:
    """Composes accents, and removes blanks at both ends."""
    return normalize("NFC", text).strip()


def normalize_case(text: str) -> str:
    """Does the same as `normalize_text`, in lower case."""
    return normalize_text(text).lower()


def normalize_phone(text: str) -> str:
    """Keeps the digits and the plus sign of a number; a text without digits stays a text."""
    digits = re.sub(r"[^0-9+]", "", text)
    return digits if digits.strip("+") else normalize_text(text)


NORMALIZATIONS: Mapping[Kind, Normalization] = {
    "email": normalize_case,
    "ip": normalize_case,
    "phone": normalize_phone,
}

"""How a value is normalized before it is hashed, so that two spellings of it have the same hash."""


@dataclass(frozen=True)
class Hashing:
    """Replaces texts by their HMAC-SHA-256, and hashes each distinct text of an array once.

    Attributes:
        key: The secret.
        normalize: Normalizes a text first.
    """

    key: bytes = field(repr=False)
    normalize: Normalization

    @classmethod
    def of(cls, kind: Kind, key: bytes) -> Hashing:
        """Returns the hashing for a kind of data."""
        return cls(key, NORMALIZATIONS.get(kind, normalize_text))

    def __call__(self, values: pa.Array) -> pa.Array:
        """Returns the hashes of some values, as texts."""
        encoded = values.cast(pa.string()).dictionary_encode()
        hashes = [self._hash(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(hashes, pa.string()).take(encoded.indices)

    def _hash(self, text: str) -> str:
        normalized = self.normalize(text)
        return hmac.digest(self.key, normalized.encode(), "sha256").hex() if normalized else ""


def make_fingerprint(key: bytes) -> str:
    """Returns eight characters that show whether two secrets are the same, but not what they are."""
    return hmac.digest(key, b"fingerprint of pii_secret", "sha256").hex()[:8]
