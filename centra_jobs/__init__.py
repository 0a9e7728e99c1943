"""The command `centra` and its jobs around the source: runs, checks of what arrived, reports, schedules."""
