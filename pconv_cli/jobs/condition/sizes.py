"""The measures of a map, whose longest side is `SIDE`."""

#: Longest side of a map in its own units, which a page scales as it likes.
SIDE = 1000

#: A map is no narrower than this, so that numbers have room beside a narrow image.
LEAST = 260

#: Height of the digits, and the least distance of two numbers.
FONT, GAP = 22.0, 3.0

# A digit of a sans-serif font takes at most this share of its height; rim and rounding come on top.
_DIGIT, _RIM = 0.6, 8.0


def label_size(text: str) -> tuple[float, float]:
    """Give (height, width) of a number's box."""
    return FONT + 4.0, len(text) * _DIGIT * FONT + _RIM
