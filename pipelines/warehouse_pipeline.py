"""`centra nightly` as a script."""

import sys

from centra_jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["nightly", *sys.argv[1:]]))
