"""The destinations of this package: a folder for each, as dlt has them under `dlt.destinations.impl`."""
