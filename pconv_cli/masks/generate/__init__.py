"""Masks drawn at random."""
