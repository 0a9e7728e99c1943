"""The jobs around the source, and what they share on the command line."""
