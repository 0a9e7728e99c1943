"""The checks that a catalog must pass before it is delivered to Global-e."""
