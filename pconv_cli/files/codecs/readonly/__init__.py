"""Formats that are read and not written: their images are written as TIFF, or as asked."""
