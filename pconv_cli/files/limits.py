"""How large a picture may be; light, so that the command line may ask for it."""

MAX_PIXELS = 400_000_000
"""The largest picture that is decoded as a whole unless asked otherwise, 20000 x 20000: it takes up to 16 bytes a
pixel, and a file of 100 bytes can declare any size at all."""

MAX_SCAN_PIXELS = 8_000_000_000
"""The largest picture that is read in windows; its mask stands in memory, at one bit a pixel."""

SCAN_PIXELS = 32_000_000
"""Pixels from which on a TIFF is worked on in windows, from its file; smaller ones are held whole."""
