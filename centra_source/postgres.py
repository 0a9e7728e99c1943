"""Deprecated address of `centra_source.destinations.postgres`, kept for one release."""

import warnings

from .destinations import postgres

__all__ = ["postgres"]

warnings.warn(
    "centra_source.postgres is deprecated and will be removed in the next release: write "
    "`from centra_source.destinations import postgres` instead.",
    DeprecationWarning,
    stacklevel=2,
)
