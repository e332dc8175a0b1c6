"""What a JPEG XL codestream says of its samples: size, depth, channels, colours, animation.

Reference: ISO/IEC 18181-1, annexes B (fields) and D (headers).
"""

from fractions import Fraction
from typing import NamedTuple

#: Ratios of width and height that a header can name instead of a width.
_RATIOS = (0, 1, Fraction(12, 10), Fraction(4, 3), Fraction(3, 2), Fraction(16, 9), Fraction(5, 4), 2)
_ALPHA, _SPOT, _BLACK, _CFA = 0, 2, 4, 5
_GREY_SPACE, _XYB = 1, 2
#: Bytes that are looked at; no header is longer.
_MOST = 4096
_CUSTOM, _D65, _SRGB_PRIMARIES, _LINEAR, _SRGB_CURVE = 2, 1, 1, 8, 13


class JxlHeader(NamedTuple):
    """What a codestream says of its samples.

    Attributes:
        size: (height, width) as stored.
        orientation: As in EXIF, 1 to 8.
        is_animated: Whether there are several frames in time.
        bits: Bits of a sample.
        is_float: Whether samples are floats.
        extra: Kinds of the channels beside the colours, by their number in the standard; 0 is alpha.
        is_associated: Whether colours are multiplied by alpha.
        lossy: Whether it is coded in XYB, the colours of lossy files.
        is_grey: Whether there is one channel of colour.
        colours: ``"sRGB"``, ``"linear"`` (sRGB's primaries without its curve), ``"profile"`` (ICC) or ``"other"``.
    """

    size: tuple[int, int]
    orientation: int = 1
    is_animated: bool = False
    bits: int = 8
    is_float: bool = False
    extra: tuple[int, ...] = ()
    is_associated: bool = False
    lossy: bool = True
    is_grey: bool = False
    colours: str = "sRGB"

    @property
    def has_black(self) -> bool:
        """Whether colours are inks."""
        return _BLACK in self.extra

    @property
    def shown_size(self) -> tuple[int, int]:
        """(height, width) as it is to be shown, which is how decoders give it."""
        return self.size if self.orientation < 5 else self.size[::-1]


class BitReader:
    """A codestream read bit by bit, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data[:_MOST], "little"), 8 * len(data[:_MOST])
        self.place = 0

    def take(self, count: int) -> int:
        """Read the next bits as a number."""
        if count > self._left:
            raise ValueError("its header is cut short")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        self.place += count
        return value

    def flag(self) -> bool:
        """Read the next bit."""
        return bool(self.take(1))

    def choice(self, *ways: tuple[int, int]) -> int:
        """Read a number that is written in one of four ways: bits and what is added to them."""
        count, offset = ways[self.take(2)]
        return self.take(count) + offset

    def enum(self) -> int:
        """Read the next name, by its number."""
        return self.choice((0, 0), (0, 1), (4, 2), (6, 18))


class Fields(NamedTuple):
    """The header of a codestream, and where in it, in bits behind its two first bytes, its colours are said.

    Attributes:
        header: What it says.
        colours_start: Where the fields of its colours begin.
        colours_end: Where they end.
        end: Where the header ends, except for a profile.
    """

    header: JxlHeader
    colours_start: int
    colours_end: int
    end: int


def read(data: bytes) -> JxlHeader:
    """Read the header of a codestream; its first kilobyte is enough.

    Raises:
        ValueError: It is none, or cut short.
    """
    return read_fields(data).header


def read_fields(data: bytes) -> Fields:
    """Read the header of a codestream; see `read`."""
    if data[:2] != b"\xff\x0a":
        raise ValueError("its codestream does not begin as one of JPEG XL")
    bits = BitReader(data[2:])
    found = JxlHeader(_size(bits))
    if bits.flag():  # everything as usual: 8 bits, sRGB, lossy
        return Fields(found, bits.place, bits.place, bits.place)
    has_more = bits.flag()
    if has_more:
        orientation = bits.take(3) + 1
        if bits.flag():
            _size(bits)  # at which it is to be shown
        if bits.flag():
            _preview(bits)
        animated = bits.flag()
        if animated:
            _animation(bits)
        found = found._replace(orientation=orientation, is_animated=animated)
    is_float, depth = _depth(bits)
    bits.flag()  # whether 16 bits are enough inside
    extra, associated = [], False
    for _ in range(bits.choice((0, 0), (0, 1), (4, 2), (12, 1))):
        kind, multiplied = _extra_channel(bits)
        extra.append(kind)
        associated |= multiplied
    lossy = bits.flag()
    start = bits.place
    is_grey, colours = _colours(bits)
    end = bits.place
    found = found._replace(
        bits=depth, is_float=is_float, extra=tuple(extra), is_associated=associated, lossy=lossy, is_grey=is_grey,
        colours=colours,
    )  # fmt: skip
    _rest(bits, has_more=has_more)
    return Fields(found, start, end, bits.place)


def _size(bits: BitReader) -> tuple[int, int]:
    ways = ((9, 1), (13, 1), (18, 1), (30, 1))
    small = bits.flag()
    height = 8 * (bits.take(5) + 1) if small else bits.choice(*ways)
    ratio = bits.take(3)
    if ratio:
        return height, int(height * _RATIOS[ratio])
    return height, 8 * (bits.take(5) + 1) if small else bits.choice(*ways)


def _preview(bits: BitReader) -> None:
    small = bits.flag()
    ways = ((0, 16), (0, 32), (5, 1), (9, 33)) if small else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.choice(*ways)
    if not bits.take(3):
        bits.choice(*ways)


def _animation(bits: BitReader) -> None:
    bits.choice((0, 100), (0, 1000), (10, 1), (30, 1))
    bits.choice((0, 1), (0, 1001), (8, 1), (10, 1))
    bits.choice((0, 0), (3, 0), (16, 0), (32, 0))
    bits.flag()


def _depth(bits: BitReader) -> tuple[bool, int]:
    if bits.flag():
        depth = bits.choice((0, 32), (0, 16), (0, 24), (6, 1))
        bits.take(4)  # bits of the exponent
        return True, depth
    return False, bits.choice((0, 8), (0, 10), (0, 12), (6, 1))


def _extra_channel(bits: BitReader) -> tuple[int, bool]:
    """Its kind, and whether colours are multiplied by it."""
    if bits.flag():
        return _ALPHA, False
    kind = bits.enum()
    _depth(bits)
    bits.choice((0, 0), (0, 3), (0, 4), (3, 1))  # by how much it is reduced
    for _ in range(bits.choice((0, 0), (4, 0), (5, 16), (10, 48))):
        bits.take(8)  # its name
    if kind == _SPOT:
        bits.take(64)
    if kind == _CFA:
        bits.choice((0, 1), (2, 0), (4, 3), (8, 19))
    return kind, kind == _ALPHA and bits.flag()


def _colours(bits: BitReader) -> tuple[bool, str]:
    """Say whether there is one channel of colour, and what colours mean."""
    if bits.flag():
        return False, "sRGB"
    has_profile = bits.flag()
    space = bits.enum()
    is_grey = space == _GREY_SPACE
    if has_profile:
        return is_grey, "profile"
    usual = space in (0, _GREY_SPACE)
    if space != _XYB:
        white = bits.enum()
        usual &= white == _D65
        if white == _CUSTOM:
            _point(bits)
        if not is_grey:
            primaries = bits.enum()
            usual &= primaries == _SRGB_PRIMARIES
            for _ in range(3 if primaries == _CUSTOM else 0):
                _point(bits)
    has_gamma = bits.flag()
    curve = bits.take(24) if has_gamma else bits.enum()
    bits.enum()  # the rendering intent
    if has_gamma or not usual or curve not in (_LINEAR, _SRGB_CURVE):
        return is_grey, "other"
    return is_grey, "linear" if curve == _LINEAR else "sRGB"


def _rest(bits: BitReader, *, has_more: bool) -> None:
    """Pass over brightness, extensions and the matrix, as far as files that hold no loss have them."""
    if has_more and not bits.flag():
        bits.take(16 + 16 + 1 + 16)
    bits.choice((0, 0), (4, 1), (8, 17), (12, 0))  # extensions, of which there are none
    if not bits.flag():
        bits.take(3)


def _point(bits: BitReader) -> None:
    for _ in range(2):
        bits.choice((19, 0), (19, 524288), (20, 1048576), (21, 2097152))
