"""`centra globale orders` as a script."""

import sys

from centra_jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["globale", "orders", *sys.argv[1:]]))
