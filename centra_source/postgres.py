"""The old address of `centra_source.destinations.postgres`, kept for one release."""

from .destinations.postgres import postgres

__all__ = ["postgres"]
