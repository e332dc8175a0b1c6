"""What a PNG says of its colours without a profile, which no other format takes over.

Reference: Portable Network Graphics (PNG) Specification, third edition, sections 4.3 (which comes first) and 11.3.2.
"""

import struct
from collections.abc import Mapping

# What gAMA and cHRM say of sRGB, and how cICP begins there.
_GAMMA, _PRIMARIES = 45455, (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_CODES = bytes([1, 13])


def said_without_profile(chunks: Mapping[bytes, bytes]) -> str:
    """Name the chunks that say what colours are, where that is neither sRGB nor in a profile; else nothing.

    Args:
        chunks: What whole chunks of a file hold, by their kind.
    """
    if b"cICP" in chunks:
        return "" if chunks[b"cICP"].startswith(_CODES) else "cICP"
    if b"iCCP" in chunks or b"sRGB" in chunks:
        return ""
    gamma = b"gAMA" in chunks and struct.unpack(">I", chunks[b"gAMA"])[0] != _GAMMA
    primaries = b"cHRM" in chunks and struct.unpack(">8I", chunks[b"cHRM"]) != _PRIMARIES
    return " and ".join(name for name, differs in (("gAMA", gamma), ("cHRM", primaries)) if differs)
