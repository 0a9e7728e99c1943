"""Deprecated address of `centra_source.destinations.lake`, kept for one release."""

import warnings

from .destinations import lake

__all__ = ["lake"]

warnings.warn(
    "centra_source.lake is deprecated and will be removed in the next release: write "
    "`from centra_source.destinations import lake` instead.",
    DeprecationWarning,
    stacklevel=2,
)
