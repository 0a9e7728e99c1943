"""marimo notebooks on a loaded shop: `make notebook` opens the first one."""
