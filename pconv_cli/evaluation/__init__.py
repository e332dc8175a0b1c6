"""Metrics of results against the truth, for pictures, folders and the built-in samples."""
