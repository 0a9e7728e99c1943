"""The catalog of one store: which sizes it offers, and with which texts."""
