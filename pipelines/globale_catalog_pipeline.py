"""`centra globale catalog` and `centra globale doctor` as a script; the job is its first word."""

import sys

from centra_jobs.cli import run_script

JOBS = {"export": ["globale", "catalog"], "doctor": ["globale", "doctor"]}

if __name__ == "__main__":
    sys.exit(run_script(JOBS, default="export"))
