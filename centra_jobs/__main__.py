"""Runs the command `centra`: `python -m centra_jobs`."""

import sys

from centra_jobs.cli import main

sys.exit(main())
