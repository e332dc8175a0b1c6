"""What the colours of a JPEG XL codestream mean, written into one: sRGB, an ICC profile, or what another file said.

imagecodecs has no say in it: samples of more than 8 bits it declares linear, and profiles it leaves out. The bits of
the header are put together again here; the frames behind it stay as they are.

Reference: ISO/IEC 18181-1, annexes D (headers) and E (ICC profiles).
"""

from pconv_cli.files.codecs.boxed.jxl_header import BitReader, read_fields

#: Fields, each as its value and its bits.
Bits = list[tuple[int, int]]

_ALL_USUAL: Bits = [(1, 1)]
#: Not as usual, no profile, grey, D65, no gamma, curve 13 (sRGB: 2 and 11 more), intent relative.
_GREY: Bits = [(0, 1), (0, 1), (1, 2), (1, 2), (0, 1), (2, 2), (11, 4), (1, 2)]
_CONTEXTS_ALIKE: Bits = [(0, 1), (1, 1), (0, 2)]  # no LZ77, and one distribution for all contexts
_BYTES: Bits = [(1, 1), (8, 4), (0, 4), (0, 4), (1, 1), (7, 4), (127, 7)]  # a prefix code for 256 plain symbols
#: The order in which lengths of codes of lengths come, and the bits of length 3.
_LENGTH_ORDER, _THREE = (1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15), 2
_EIGHT_EACH: Bits = [(0, 2), *((_THREE if length == 8 else 0, 2) for length in _LENGTH_ORDER)]
_HEADER = 128
_INSERT = 1


def of_srgb(*, grey: bool) -> Bits:
    """Give the fields that say sRGB, or grey with sRGB's curve."""
    return _GREY if grey else _ALL_USUAL


def with_colours(stream: bytes, colours: Bits, icc: bytes | None = None) -> bytes:
    """Give a codestream whose colours mean something else; its samples stay.

    Args:
        stream: The codestream, without a profile.
        colours: The fields of its colours, where there is no profile.
        icc: Its profile.
    """
    fields = read_fields(stream)
    if icc is not None:
        space = 1 if icc[16:20] == b"GRAY" else 0
        colours = [(0, 1), (1, 1), (space, 2)]
    value = count = 0

    def put(number: int, bits: int) -> None:
        nonlocal value, count
        value |= number << count
        count += bits

    reader = BitReader(stream[2:])
    put(reader.take(fields.colours_start), fields.colours_start)
    for number, bits in colours:
        put(number, bits)
    reader.take(fields.colours_end - fields.colours_start)
    put(reader.take(fields.end - fields.colours_end), fields.end - fields.colours_end)
    packed = _packed_profile(icc) if icc is not None else []
    for number, bits in packed:
        put(number, bits)
    frames = 2 + -(-fields.end // 8)
    return stream[:2] + value.to_bytes(-(-count // 8), "little") + stream[frames:]


def _packed_profile(icc: bytes) -> Bits:
    """A profile as fields: predicted header, then every further byte as it is."""
    commands = _varint(0) + (bytes([_INSERT]) + _varint(len(icc) - _HEADER) if len(icc) > _HEADER else b"")
    header = bytes((byte - guess) & 0xFF for byte, guess in zip(icc, _predicted(icc), strict=False))
    stream = _varint(len(icc)) + _varint(len(commands)) + commands + header + icc[_HEADER:]
    turned = [(int(f"{byte:08b}"[::-1], 2), 8) for byte in stream]
    return [*_number(len(stream)), *_CONTEXTS_ALIKE, *_BYTES, *_EIGHT_EACH, *turned]


def _predicted(icc: bytes) -> bytes:
    """Return what decoders expect of the 128 bytes with which a profile begins."""
    guess = bytearray(_HEADER)
    guess[0:4] = len(icc).to_bytes(4, "big")
    guess[8] = 4
    guess[12:24] = b"mntrRGB XYZ "
    guess[36:40] = b"acsp"
    guess[68:80] = bytes((0, 0, 246, 214, 0, 1, 0, 0, 0, 0, 211, 45))
    guess[80:84] = icc[4:8]
    platform = icc[40:42]
    if platform[:1] == b"A":
        guess[41:44] = b"PPL"
    elif platform[:1] == b"M":
        guess[41:44] = b"SFT"
    elif platform == b"SG":
        guess[42:44] = b"I "
    elif platform == b"SU":
        guess[42:44] = b"NW"
    return bytes(guess)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])


def _number(number: int) -> Bits:
    """A number of up to 64 bits, in its long form."""
    fields = [(3, 2), (number & 0xFFF, 12)]
    number >>= 12
    while number:
        fields += [(1, 1), (number & 0xFF, 8)]
        number >>= 8
    return [*fields, (0, 1)]
