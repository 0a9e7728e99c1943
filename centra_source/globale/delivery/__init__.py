"""The files that Global-e and people get of a catalog."""
