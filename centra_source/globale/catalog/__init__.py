"""The catalog of one store: the sizes that it offers, and their texts."""
