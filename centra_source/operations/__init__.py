"""Centra's queries as data: read from files, fitted to a shop, pruned, and priced.

Nothing in this folder sends a request.
"""
