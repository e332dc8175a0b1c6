"""One place where whatever a decoder may raise or print becomes one clear line."""

import logging
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from pconv_cli.errors import PictureError

# tifffile reports by logging what it also raises or survives; without a handler Python would print it.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

# Warning filters and Pillow's size limit belong to the whole process, so one file is decoded at a time.
_LOCK = threading.RLock()


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Decode a file inside this block: no warning leaves it, and every failure leaves it as a `PictureError`.

    Pillow's guard against very large pictures is off inside: scans of murals are that large, and the files are the
    user's own.

    Raises:
        PictureError: The file is missing, cannot be opened, or is damaged.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        except (PictureError, MemoryError):
            raise
        except OSError as error:
            if error.errno is not None:
                reason = (error.strerror or str(error)).lower()
                raise PictureError(
                    f"{path}: cannot be opened ({reason}); check the path and its permissions"
                ) from error
            raise _damaged(path, error) from error
        except (Exception, struct.error) as error:  # decoders raise of every kind
            raise _damaged(path, error) from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _damaged(path: Path, error: Exception) -> PictureError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].replace(str(path), "it")
    return PictureError(f"{path}: is damaged or incomplete ({reason[:120]}); replace it by a whole copy")
