"""Image formats, a module each."""
