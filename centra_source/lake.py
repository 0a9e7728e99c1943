"""The old address of `centra_source.destinations.lake`, kept for one release."""

from .destinations.lake import lake

__all__ = ["lake"]
