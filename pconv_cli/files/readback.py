"""Files read back before they move into place, by other libraries than those that wrote them: no encoder is trusted.

What is encoded without loss is compared sample by sample. Of a JPEG the size, the end and the brightness of every block
of 8 x 8 pixels are. TIFF: see `readback_tiff`.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import OutputError, PconvError, option
from pconv_cli.files.codecs import png
from pconv_cli.files.decoding import QUIET, samples_of
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata import jpeg_segments as jpeg
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.tiff import readback as readback_tiff

#: Rows that are compared together, so that they stay in the processor's cache.
_BAND = 64
#: OpenCV decodes no larger image.
_OPENCV_PIXELS = 1 << 30
#: Side of a block of a JPEG.
_BLOCK = 8
#: Grey levels by which the brightness of a block may differ beside its quantisation: roundings of two libraries.
_ROUNDING = 4


class Unfaithful(Exception):
    """A file that does not hold what was to be written; its words say where they differ."""


def encoding(target: Path) -> AbstractContextManager[None]:
    """Encode a file inside this block; see `checking`."""
    return checking(target, "its encoder failed")


@contextmanager
def checking(target: Path, what: str = "what the encoder made does not read back as the image") -> Iterator[None]:
    """Read a file back inside this block: any failure says that it must not move to its target.

    Args:
        target: The place that the file is meant for.
        what: What a failure means.

    Raises:
        OutputError: Something did.
        OSError: The system did not let it be written or read.
    """
    try:
        with QUIET:
            yield
    except (PconvError, MemoryError):
        raise
    except Exception as error:  # encoders and decoders raise of every kind
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise OutputError(
            f"{target}: not written, since {what} ({reason}); "
            f"write another format ({option('format')}), and please report it"
        ) from error


def check_file(file: Path, target: Path, samples: Samples, kind: ImageFormat, bits: int = 0) -> None:
    """Check that a file holds the samples that it was written of.

    Args:
        file: The file, not yet in its place.
        target: Its place, for the message.
        samples: ``(H, W, C)``; see `pconv_cli.files.images.Image`.
        kind: The format that it was to be written in.
        bits: Bits of a sample, where TIFF packs them; 0: as many as its type has.

    Raises:
        OutputError: It does not hold them.
        OSError: It cannot be read.
    """
    with checking(target):
        if kind is ImageFormat.TIFF:
            with file.open("rb") as opened:
                readback_tiff.check(opened, samples.shape, samples.dtype, lambda rect: samples[rect.slices], bits)
        else:
            _CHECKS[kind](file.read_bytes(), samples)


def _check_png(data: bytes, samples: Samples) -> None:
    png.check_chunks(data)
    if samples.shape[0] * samples.shape[1] <= _OPENCV_PIXELS:
        _compare(_by_opencv(png.samples_alone(data)), samples)  # libpng remarks on odd profiles on the terminal
    elif png.count_bytes(data) != samples.shape[0] * (samples[0].nbytes + 1):
        raise Unfaithful("it holds too few samples")


def _check_webp(data: bytes, samples: Samples) -> None:
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        raise Unfaithful("it is cut short")
    _compare(_by_opencv(data), samples)


def _check_bmp(data: bytes, samples: Samples) -> None:
    if int.from_bytes(data[2:6], "little") != len(data):
        raise Unfaithful("it is cut short")
    if samples.shape[2] in (1, 3):
        _compare(_by_opencv(data), samples)
        return
    with Image.open(io.BytesIO(data), formats=["BMP"]) as image:  # ours, with a header that not every OpenCV reads
        _compare(samples_of(image)[:, :, [2, 1, 0, 3]], samples)


def _check_jpeg(data: bytes, samples: Samples) -> None:
    """Compare the brightness of blocks: each is a number of its own in the file, and off by half its step at most."""
    found, step = reduced_jpeg(data, (samples.shape[0], samples.shape[1]))
    for top in range(0, samples.shape[0], _BAND):
        meant = _block_means(samples[top : top + _BAND])
        rows = found[top // _BLOCK : top // _BLOCK + meant.shape[0]]
        if rows.shape != meant.shape or np.abs(rows - meant).max() > step / _BLOCK + _ROUNDING:
            raise Unfaithful(f"its rows from {top} on differ")


def reduced_jpeg(data: bytes, size: tuple[int, int]) -> tuple[NDArray[np.uint8], int]:
    """Decode the brightness of each block of a JPEG, and read the largest step by which that may be off twice.

    Raises:
        Unfaithful: It is of another size than ``size`` (height, width), or cannot be decoded.
        ValueError: It is cut short.
    """
    own, step = jpeg.frame_of(data)
    if own != size:
        raise Unfaithful(f"it is of {own[1]}x{own[0]} pixels")
    flags = cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_IGNORE_ORIENTATION
    found = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if found is None:
        raise Unfaithful("it cannot be decoded")
    return np.asarray(found, np.uint8), step


def _block_means(rows: Samples) -> NDArray[np.float32]:
    """The brightness of each block, what lies beyond the edge being like it."""
    samples: Any = np.ascontiguousarray(rows)
    grey: Any = samples[:, :, 0] if samples.shape[2] == 1 else cv2.cvtColor(samples, cv2.COLOR_RGB2GRAY)
    below, right = (-side % _BLOCK for side in grey.shape)
    grey = cv2.copyMakeBorder(grey, 0, below, 0, right, cv2.BORDER_REPLICATE)
    means = cv2.resize(grey, (grey.shape[1] // _BLOCK, grey.shape[0] // _BLOCK), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)


def _by_opencv(data: bytes) -> NDArray[Any]:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise Unfaithful("it cannot be decoded")
    return np.asarray(found)


def _compare(found: NDArray[Any], meant: NDArray[Any]) -> None:
    """Compare samples as OpenCV has them (grey, BGR or BGRA; opaque alpha may be left out) with those that were meant.

    Raises:
        Unfaithful: They differ.
    """
    if found.shape[:2] != meant.shape[:2] or found.dtype != meant.dtype:
        raise Unfaithful(f"it is of {found.shape[1]}x{found.shape[0]} pixels of {found.dtype}")
    found = found[:, :, np.newaxis] if found.ndim == 2 else found
    opaque = np.iinfo(meant.dtype).max
    for top in range(0, meant.shape[0], _BAND):
        got, want = found[top : top + _BAND], meant[top : top + _BAND]
        alpha = want[:, :, -1:] if want.shape[2] in (2, 4) else opaque
        colours = want[:, :, :1] if want.shape[2] < 3 else want[:, :, :3]
        turned = got if got.shape[2] == 1 else cv2.cvtColor(got[:, :, :3], cv2.COLOR_BGR2RGB)
        same_alpha = np.all((got[:, :, 3:] if got.shape[2] == 4 else opaque) == alpha)
        if not (same_alpha and np.all(turned == colours)):
            raise Unfaithful(f"its rows from {top} on differ")


def _check_jpeg_2000(data: bytes, samples: Samples) -> None:
    """By OpenCV, whose OpenJPEG is another build; by imagecodecs where it is grey with alpha."""
    from pconv_cli.files.codecs.boxed import jpeg2000

    if samples.shape[2] == 2:
        import imagecodecs

        _check_same(np.asarray(imagecodecs.jpeg2k_decode(data)), samples)
    else:
        _compare(_by_opencv(jpeg2000.in_boxes(data, samples)), samples)  # which remarks on bare codestreams


def _check_jxl(data: bytes, samples: Samples) -> None:
    """By the decoder of libjxl: no other library that is installed with pconv reads the format."""
    import imagecodecs

    _check_same(np.asarray(imagecodecs.jpegxl_decode(data)), samples)


def _check_avif(data: bytes, samples: Samples) -> None:
    """By OpenCV, else by Pillow, whose libavif are other builds; by imagecodecs what neither reads in its own depth.

    OpenCV looks at the first 500 bytes alone to know the format, and does not where metadata begins near their end.
    """
    if samples.shape[2] == 2:
        found = None
    else:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if found is None and samples.dtype == np.uint8:
            with Image.open(io.BytesIO(data), formats=["AVIF"]) as image:
                found = samples_of(image)[:, :, [2, 1, 0, 3][: len(image.getbands())]]
    if found is not None:
        _compare(np.ascontiguousarray(found), samples)
        return
    import imagecodecs

    _check_same(np.asarray(imagecodecs.avif_decode(data)), samples)


def _check_same(found: NDArray[Any], meant: Samples) -> None:
    """Compare samples as they were written, bit for bit."""
    if found.size != meant.size or found.dtype != meant.dtype or found.tobytes() != meant.tobytes():
        raise Unfaithful("its samples differ")


_CHECKS: dict[ImageFormat, Callable[[bytes, Samples], None]] = {
    ImageFormat.PNG: _check_png,
    ImageFormat.WEBP: _check_webp,
    ImageFormat.BMP: _check_bmp,
    ImageFormat.JPEG: _check_jpeg,
    ImageFormat.JP2: _check_jpeg_2000,
    ImageFormat.J2K: _check_jpeg_2000,
    ImageFormat.JXL: _check_jxl,
    ImageFormat.AVIF: _check_avif,
}
