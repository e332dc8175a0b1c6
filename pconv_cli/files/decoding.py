"""One place where whatever a decoder may raise or print becomes one clear line."""

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pconv_cli.errors import ImageError, option
from pconv_cli.files.limits import MAX_PIXELS

# Decoders report by logging what they also raise or survive; without a handler Python would print it.
for _decoder in ("tifffile", "imagecodecs", "PIL"):
    logging.getLogger(_decoder).addHandler(logging.NullHandler())


class _Quiet:
    """Warnings and Pillow's size limit are off while any thread decodes: both belong to the whole process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before.enter_context(warnings.catch_warnings())
                self._before.callback(setattr, Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
                warnings.simplefilter("ignore")
                Image.MAX_IMAGE_PIXELS = None

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._before.close()


#: Entered wherever something is decoded.
QUIET = _Quiet()

_BAND = 512


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Decode a file inside this block: no warning leaves it, and every failure leaves it as an `ImageError`.

    Pillow's guard against very large images is off inside, since scans of murals are that large; `check_size` stands
    in its place.

    Raises:
        ImageError: The file is missing, cannot be opened, or is damaged.
    """
    with QUIET:
        try:
            yield
        except (ImageError, MemoryError):
            raise
        except OSError as error:
            if error.errno is not None:
                reason = (error.strerror or str(error)).lower()
                raise ImageError(f"{path}: cannot be opened ({reason}); check the path and its permissions") from error
            raise _damaged(path, error) from error
        except ImportError as error:
            raise missing_package(path, error) from error
        except Exception as error:  # decoders raise of every kind
            raise _damaged(path, error) from error


def missing_package(path: Path, error: ImportError) -> ImageError:
    """Return the message for a package that only some files need and that is not installed."""
    return ImageError(f"{path}: files of its kind need the package {error.name}; pip install {error.name}")


def check_size(path: Path, size: tuple[int, int], max_pixels: int = MAX_PIXELS) -> None:
    """Refuse an image that declares more pixels than are allowed, before anything of it is decoded.

    Args:
        path: The file, for the message.
        size: (height, width) as its header says.
        max_pixels: The largest number of pixels.

    Raises:
        ImageError: It does.
    """
    height, width = size
    if height * width > max_pixels:
        raise ImageError(
            f"{path}: declares {width}x{height} pixels, more than the limit of {max_pixels / 1e6:g} million; cut "
            f"it into parts, or replace it if it is damaged (in pconv inpaint, {option('max_megapixels')} raises the "
            "limit)"
        )


def samples_of(image: Image.Image) -> NDArray[np.uint8]:
    """Read the samples of an 8-bit image, ``(H, W)`` or ``(H, W, C)``, in bands: there are never three copies."""
    height, width, bands = image.height, image.width, len(image.getbands())
    samples = np.empty((height, width) if bands == 1 else (height, width, bands), np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(height, top + _BAND)
        samples[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return samples


def _damaged(path: Path, error: Exception) -> ImageError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].replace(str(path), "it")
    reason = re.sub(r"<[^<>]* object at 0x[0-9a-fA-F]+>", "it", reason)
    if isinstance(error, LookupError):  # its words are a bare key or number
        reason = "a part of it is missing"
    # The words of the one name a buffer in memory; those of imagecodecs are at times no words but stray bytes.
    if isinstance(error, UnidentifiedImageError | UnicodeError) or not reason.isprintable():
        reason = "its first bytes are right, but what follows cannot be decoded"
    return ImageError(f"{path}: is damaged or incomplete ({reason[:120]}); replace it with a whole copy")
