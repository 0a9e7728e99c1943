"""Makes a pipeline ready for its next load after something went wrong with the last one.

A load can be killed at any step. The destination can refuse its rows for ever, lose tables, or be restored
from an older copy. dlt then stops at the same place in each run.
"""

from __future__ import annotations

from .recovery import recover_pipeline

__all__ = ["recover_pipeline"]
