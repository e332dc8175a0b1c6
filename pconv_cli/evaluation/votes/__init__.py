"""Blind pairs, and the answers of judges."""
