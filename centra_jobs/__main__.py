"""Runs the command `centra`: `python -m centra_jobs`."""

import sys

from .cli import main

sys.exit(main())
