"""Checks of what a run has loaded, against the audit and against itself."""
