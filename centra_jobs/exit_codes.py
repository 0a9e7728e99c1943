"""The exit codes of every command, for schedulers."""

from __future__ import annotations

FAILED = 1
"""It failed, and another try may help. `globale catalog`: also if a finding blocks the delivery."""

MISUSED = 2
"""An option or a setting is invalid: another try fails as well."""

INCOMPLETE = 3
"""The job finished, but something that is named is missing or wrong: a resource, a value, a check that fails,
a permission, a step of the setup. What can be tried again is tried again by the next run."""

UNDER_WAY = 75
"""Another run is in progress; sysexits.h calls this a temporary failure."""

INTERRUPTED, TERMINATED = 130, 143
"""Stopped by Ctrl-C, or by a scheduler's SIGTERM."""
