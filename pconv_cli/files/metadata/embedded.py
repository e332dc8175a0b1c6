"""Images inside blocks of metadata, which would go on showing the damage."""

import re

_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8\xff", 0xDA, b"\xff\xd9"
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"
_START = re.compile(re.escape(_JPEG_START) + b"|" + re.escape(_PNG_START))


def without_previews(block: bytes) -> bytes:
    """Put zeros in place of each whole JPEG or PNG in a block, such as a maker's note or a private chunk.

    Returns:
        The block itself where it holds none: a maker's note also says where it stood.
    """
    cleared = bytearray(block)
    place, last = 0, block.rfind(_JPEG_END)
    dead_chunks, dead_segments = set[int](), set[int]()  # a place that is no chunk may be a segment
    while (found := _START.search(block, place)) is not None:
        start, first = found.span()
        if found[0] == _PNG_START:
            end = _png_end(block, first, dead_chunks)
        else:
            first = start + 2
            end = _jpeg_end(block, first, last, dead_segments)
        if end is not None:
            cleared[start:end] = bytes(end - start)
        place = first if end is None else end
    return block if cleared == block else bytes(cleared)


def _png_end(block: bytes, place: int, dead: set[int]) -> int | None:
    """Where a PNG ends whose first chunk begins at a place; None where what stands there is none; see `_jpeg_end`."""
    walked = []
    while place not in dead and len(block) >= place + 12:
        walked.append(place)
        end = place + 12 + int.from_bytes(block[place : place + 4], "big")
        if block[place + 4 : place + 8] == _PNG_END and end <= len(block):
            return end
        place = end
    dead.update(walked)
    return None


def _jpeg_end(block: bytes, place: int, last: int, dead: set[int]) -> int | None:
    """Where a JPEG ends whose first segment begins at a place; None where what stands there is none.

    Args:
        block: What may hold it.
        place: Where its first segment begins.
        last: Where the last end of a JPEG stands in the block.
        dead: Segments that lead to no end, so that none is walked twice; added to.
    """
    walked = []
    while place not in dead and block[place : place + 1] == b"\xff" and len(block) >= place + 4:
        if block[place + 1] == _JPEG_SCAN:
            if place <= last:
                return block.find(_JPEG_END, place) + 2
            break
        walked.append(place)
        place += 2 + int.from_bytes(block[place + 2 : place + 4], "big")
    dead.update(walked)
    return None
