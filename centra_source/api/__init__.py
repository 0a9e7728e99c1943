"""Requests to Centra: throttled, sent, retried, and their answers and errors read."""
