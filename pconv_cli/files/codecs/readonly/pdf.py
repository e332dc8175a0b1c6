"""PDF of one page that holds one scan: the embedded image as it is, never a rendering (package pypdf).

Invisible text, as character recognition puts it over a scan, is no obstacle; anything else that is drawn is.

Reference: ISO 32000-1, sections 8.9 (images) and 9.3.6 (text rendering modes).
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.boxed import jpeg2000
from pconv_cli.files.decoding import samples_of
from pconv_cli.files.metadata.carried import LOSSY, Decoded, Header, Metadata

#: Operators that draw: paths, shadings, images within the page.
_DRAWING = {b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"BI", b"INLINE IMAGE"}
_TEXT, _INVISIBLE = {b"Tj", b"TJ", b"'", b'"'}, 3

#: Colour spaces whose values pypdf gives as they are shown. It makes others black (Lab), or grey (inks).
_SPACES = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/CalGray", "/CalRGB", "/ICCBased"}
#: Filters after which pypdf looks colours up in a palette; after others it takes their numbers for greys.
_PALETTE_FILTERS = {"/FlateDecode", "/RunLengthDecode"}


def read_header(path: Path) -> Header:
    """Read the size of the scan."""
    scan, _ = _scan_of(path)
    return Header((int(scan["/Height"]), int(scan["/Width"])), False, 1)


def decode(path: Path) -> Decoded:
    """Take the scan out of a page, and decode it."""
    scan, dpi = _scan_of(path)
    notes: tuple[str, ...] = ("the scan is taken out of its page as it is embedded",)
    if "/SMask" in scan or "/Mask" in scan:
        notes += ("its mask of transparency is left out",)
    filters = scan.get("/Filter", [])
    last = str(filters[-1] if isinstance(filters, list) else filters) if filters else ""
    if last == "/JPXDecode":
        data = bytes(scan.get_data())
        _check_size(path, scan, jpeg2000.content_of(path, data).size)
        found = jpeg2000.decode_bytes(path, data)
        if not _is_plain(path, scan, found.samples.shape[2]):
            raise ImageError(f"{path}: holds a JPEG 2000 with its values turned; save it as TIFF")
        return Decoded(found.samples, Metadata(icc=found.metadata.icc, dpi=dpi), notes + found.notes, True, found.bits)
    if int(scan.get("/BitsPerComponent", 8)) > 8:
        raise ImageError(f"{path}: holds a scan of more than 8 bits that is not JPEG 2000; save it as TIFF")
    _check_colours(path, scan, last)
    # get_data takes away the filters before the last one, which leaves the JPEG.
    image = Image.open(io.BytesIO(scan.get_data())) if last == "/DCTDecode" else scan.decode_as_image()
    _check_size(path, scan, (image.height, image.width))
    if image.mode == "CMYK":
        raise ImageError(f"{path}: holds a scan in CMYK; save it as RGB")
    if last == "/DCTDecode":
        notes += (LOSSY,)
    plain = image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    samples = samples_of(plain)
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    if last == "/DCTDecode" and not _is_plain(path, scan, samples.shape[2]):
        samples = np.uint8(255) - samples
    return Decoded(samples, Metadata(icc=_profile(scan), dpi=dpi), notes, converted=True)


def _scan_of(path: Path) -> tuple[Any, tuple[float, float] | None]:
    """The one image of the one page, and at which resolution it lies there.

    Raises:
        ImageError: The file is encrypted, has several pages, or shows anything else.
        ValueError: What its page draws is damaged.
    """
    import pypdf

    reader = pypdf.PdfReader(path)
    if reader.is_encrypted:
        raise ImageError(f"{path}: is encrypted; save it without a password")
    if len(reader.pages) != 1:
        raise ImageError(f"{path}: has {len(reader.pages)} pages; save each page as a PDF of its own")
    page = reader.pages[0]
    resources = _inside(page, "/Resources")
    objects = {name: one.get_object() for name, one in _inside(resources, "/XObject").items()}
    scans = [one for one in objects.values() if one.get("/Subtype") == "/Image"]
    contents = page.get_contents()
    try:
        visible, places = _drawn(contents.operations if contents is not None else [])
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError("what its page draws is damaged") from error
    notes = [one.get_object() for one in _inside(page, "/Annots")]
    if any("/AP" in note for note in notes):
        raise ImageError(f"{path}: has annotations on its scan, and is not rendered; export the image itself")
    if len(scans) != 1 or len(objects) != 1 or visible:
        raise ImageError(
            f"{path}: is more than a scan on a page (text, drawings, or several images), and is not rendered; "
            "export the image itself"
        )
    drawn = [matrix for name, matrix in places if name in objects]
    if len(drawn) != 1:
        raise ImageError(f"{path}: its page draws its scan {len(drawn)} times, not once; export the image itself")
    return scans[0], _dpi(scans[0], drawn[0])


def _drawn(operations: list[tuple[Any, bytes]]) -> tuple[bool, list[tuple[str, NDArray[np.float64]]]]:
    """Say whether a page draws anything by itself, and the objects that it draws by name, each with its matrix."""
    visible, places = False, []
    matrix, mode = np.eye(3), 0
    outer: list[tuple[NDArray[np.float64], int]] = []
    for operands, operator in operations:
        visible |= operator in _DRAWING or (operator in _TEXT and mode != _INVISIBLE)
        if operator == b"Tr":
            mode = int(operands[0])
        elif operator == b"q":
            outer.append((matrix, mode))
        elif operator == b"Q" and outer:
            matrix, mode = outer.pop()
        elif operator == b"cm":
            a, b, c, d, e, f = (float(number) for number in operands)
            matrix = np.array([[a, b, 0], [c, d, 0], [e, f, 1]]) @ matrix  # within the one that is there
        elif operator == b"Do":
            places.append((str(operands[0]), matrix))
    return visible, places


def _check_size(path: Path, scan: Any, size: tuple[int, int]) -> None:
    """Check that an image has the size ``(height, width)`` that its page says, which limits go by."""
    said = int(scan["/Height"]), int(scan["/Width"])
    if size != said:
        raise ImageError(
            f"{path}: holds an image of {size[1]}x{size[0]} pixels, and says {said[1]}x{said[0]}; export the image "
            "itself"
        )


def _check_colours(path: Path, scan: Any, last: str) -> None:
    """Check that pypdf gives the colours of an image as a viewer shows them; ``last`` is its last filter."""
    if scan.get("/ImageMask"):  # a stencil, without colours: 0 is painted, black on white paper
        return
    kind, *palette = _space(scan.get("/ColorSpace"))
    if kind == "/Indexed":
        turned = [int(number) for number in scan.get("/Decode", [])]
        if last not in _PALETTE_FILTERS or turned not in ([], [0, 2 ** int(scan.get("/BitsPerComponent", 8)) - 1]):
            raise ImageError(f"{path}: holds a palette that is packed in a rare way; export the image itself")
        kind = _space(palette[0])[0]
    if kind not in _SPACES and _space(scan.get("/ColorSpace"))[:2] != ["/Separation", "/Black"]:
        raise ImageError(f"{path}: holds a scan in {str(kind).removeprefix('/')}; save it as RGB")


def _space(entry: Any) -> list[Any]:
    """A colour space as a list: its kind, and what belongs to it."""
    found = entry.get_object() if entry is not None else "/DeviceGray"
    return [one.get_object() for one in found] if isinstance(found, list) else [found]


def _inside(dictionary: Any, name: str) -> Any:
    """A dictionary within another; an empty one where there is none."""
    found = dictionary.get(name)
    return {} if found is None else found.get_object()


def _is_plain(path: Path, scan: Any, channels: int) -> bool:
    """Say whether the values of an image stand for themselves, and are not turned (white for black).

    Raises:
        ImageError: They are mapped to others.
    """
    mapped = [float(number) for number in scan.get("/Decode", [0, 1] * channels)]
    if mapped not in ([0, 1] * channels, [1, 0] * channels):
        raise ImageError(f"{path}: holds a scan whose values stand for others (Decode); save it as TIFF")
    return mapped == [0, 1] * channels


def _dpi(scan: Any, matrix: NDArray[np.float64]) -> tuple[float, float] | None:
    """Pixels an inch of an image that a matrix scales to points, of which 72 are an inch; None where it is turned."""
    (across, skew), (other, down) = matrix[:2, :2].tolist()
    if skew or other or across <= 0 or down <= 0:
        return None
    return int(scan["/Width"]) / across * 72, int(scan["/Height"]) / down * 72


def _profile(scan: Any) -> bytes | None:
    """The profile of an image whose colours have one."""
    space = scan.get("/ColorSpace")
    space = space.get_object() if space is not None else None
    if isinstance(space, list) and space and space[0] == "/ICCBased":
        return bytes(space[1].get_object().get_data())
    return None
