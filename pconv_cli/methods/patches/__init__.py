"""Filling by the image's own patches."""
