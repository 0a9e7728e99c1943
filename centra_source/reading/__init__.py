"""Reads lists to their end and proves that nothing is missing."""
