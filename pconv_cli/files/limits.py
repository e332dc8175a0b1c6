"""How large an image, and what stands beside it, may be; light, so that the command line may ask for it."""

MAX_PIXELS = 400_000_000
"""The largest image that is decoded as a whole unless asked otherwise, 20000 x 20000: it takes up to 16 bytes a
pixel, and a file of 100 bytes can declare any size at all."""

MAX_SCAN_PIXELS = 8_000_000_000
"""The largest image that is read in windows; its mask stands in memory, at one bit a pixel."""

SCAN_PIXELS = 32_000_000
"""Pixels from which on a TIFF is worked on in windows, from its file; smaller ones are held whole."""

MAX_TILE_BYTES = 64 << 20
"""Bytes of an unpacked tile, where that is more than four times its image: a small file can declare a tile of any
size."""

MAX_TAG_BYTES = 256 << 20
"""Bytes of all that stands beside the samples of a TIFF, except for Photoshop's layers, which are not read; and of the
private chunks of a PNG."""

MAX_PROFILE_BYTES = 64 << 20
"""Bytes of a colour profile once it is unpacked; the largest in use have some ten million."""
