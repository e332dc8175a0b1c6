"""The size of a patch, for all that handles patches; the loops over them take long to load."""

RADIUS = 3

#: Side in pixels.
SIDE = 2 * RADIUS + 1
