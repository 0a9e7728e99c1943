"""Centra's queries as data: read from their files, fitted, trimmed and priced. Nothing is sent here."""
