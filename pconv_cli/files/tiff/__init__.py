"""TIFF files: whole, and in windows."""
