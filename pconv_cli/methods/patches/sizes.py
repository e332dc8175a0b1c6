"""The size of a patch and the order of its traits, for all that handles patches; the loops over them take long to load.

Compiled loops hold these values; `pconv_cli.methods.compiled` compiles them again where one has changed.
"""

RADIUS = 3

#: Side in pixels.
SIDE = 2 * RADIUS + 1

#: The traits of a partner, and what a target asks of it; see `pconv_cli.methods.patches.kernels.search.search`.
PENALTY, STRENGTH, RARE = 0, 1, 2
LEAST, TRUST, FREEDOM = 0, 1, 2
TONE = 3
