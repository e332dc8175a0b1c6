"""Metrics of results against the truth, for images, folders and the built-in samples."""
