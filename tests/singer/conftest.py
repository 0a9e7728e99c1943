"""The SDK's own pytest plugin, here only: all other tests would wait for its import."""

from __future__ import annotations

from singer_sdk.testing.pytest_plugin import pytest_generate_tests

__all__ = ["pytest_generate_tests"]
