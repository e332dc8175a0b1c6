"""Masks that people drew elsewhere: a reader for each format, one raster rule, and the import itself."""
