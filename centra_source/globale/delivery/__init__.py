"""The files of a catalog, for Global-e and for people."""
