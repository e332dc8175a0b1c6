"""Mask files; the only place where their polarity is turned."""
