"""Damage found in images."""
