"""Text chunks of PNG in which ImageMagick and ExifTool keep EXIF, Photoshop's resources and XMP as hexadecimal digits.

Reference: ExifTool's tag names, "PNG TextualData" (raw profile types).
"""

import zlib

from pconv_cli.files.limits import MAX_PROFILE_BYTES
from pconv_cli.files.metadata import photoshop
from pconv_cli.files.metadata.carried import add_exif_prefix, strip_exif_prefix, without_thumbnail
from pconv_cli.files.metadata.xmp import without_images

_KEYWORD = b"Raw profile type "
#: Digits a line.
_LINE = 72


def without_previews(kind: bytes, data: bytes) -> bytes | None:
    """Remove thumbnails from the profile in a text chunk; None where only thumbnails stood in it.

    Args:
        kind: ``tEXt`` or ``zTXt``; others are given back as they are.
        data: The content of the chunk.
    """
    if kind not in (b"tEXt", b"zTXt") or not data.startswith(_KEYWORD):
        return data
    keyword, _, text = data.partition(b"\0")
    name = keyword.removeprefix(_KEYWORD)
    try:
        if kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], MAX_PROFILE_BYTES)
        title, _, digits = text.lstrip(b"\n").split(b"\n", 2)
        content = bytes.fromhex(digits.decode("ascii"))
    except (ValueError, zlib.error):  # nobody reads it
        return data
    cleaned = _cleaned(name.lower(), content)
    if cleaned == content:
        return data
    if not cleaned:
        return None
    written = cleaned.hex().encode()
    lines = b"\n".join(written[place : place + _LINE] for place in range(0, len(written), _LINE))
    text = b"\n%s\n%8d\n%s\n" % (title, len(cleaned), lines)
    return keyword + b"\0" + (b"\0" + zlib.compress(text) if kind == b"zTXt" else text)


def _cleaned(name: bytes, content: bytes) -> bytes | None:
    if name in (b"8bim", b"iptc"):
        return photoshop.without_thumbnails(content)
    if name == b"xmp":
        return without_images(content).packet
    if name in (b"exif", b"app1"):
        exif = strip_exif_prefix(content)
        after = without_thumbnail(exif)
        return content if after == exif or after is None else (add_exif_prefix(after) if exif != content else after)
    return content
