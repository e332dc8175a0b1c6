"""Condition reports: what is lost of each image, measured, numbered and drawn."""
