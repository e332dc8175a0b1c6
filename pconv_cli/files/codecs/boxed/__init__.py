"""Formats whose files are boxes within boxes: JPEG 2000, JPEG XL and AVIF, by imagecodecs."""
