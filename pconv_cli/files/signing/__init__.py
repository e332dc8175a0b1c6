"""Restored files signed by C2PA (content credentials): who signs, what is claimed, and the signature itself."""
