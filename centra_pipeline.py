"""`centra load`, `centra check` and `centra forecast` as a script; the job is its first word."""

import sys

from centra_jobs.cli import run_script

JOBS = {"load": ["load"], "check": ["check"], "forecast": ["forecast"]}

if __name__ == "__main__":
    sys.exit(run_script(JOBS, default="load"))
