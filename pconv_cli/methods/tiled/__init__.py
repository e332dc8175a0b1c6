"""Images of any size, filled window by window."""
