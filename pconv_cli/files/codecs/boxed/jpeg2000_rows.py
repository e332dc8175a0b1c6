"""JPEG 2000 decoded some rows at a time (package glymur, on OpenJPEG): memory follows the rows and the file's bytes.

glymur brings no OpenJPEG and looks for the system's; where there is none, the copy that Pillow's wheels hold is taken.
"""

import ctypes.util
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from pconv_cli.cores import usable_cores
from pconv_cli.files.codecs.boxed import jpeg2000
from pconv_cli.files.codecs.rows import Rows
from pconv_cli.files.metadata.carried import Samples


@cache
def is_available() -> bool:
    """Say whether glymur and an OpenJPEG for it are there."""
    find = ctypes.util.find_library
    ctypes.util.find_library = lambda name: find(name) or (_copy_of_pillow() if name == "openjp2" else None)
    try:
        import glymur  # asks there for the library, and only while it is imported
    except ImportError:
        return False
    finally:
        ctypes.util.find_library = find
    if glymur.lib.openjp2.OPENJP2 is None:
        return False
    glymur.set_option("lib.num_threads", min(8, usable_cores()))
    return True


def _copy_of_pillow() -> str | None:
    """The OpenJPEG in Pillow's wheels for Linux and macOS."""
    package = Path(PIL.__file__).parent
    folders = (package.parent / "pillow.libs", package / ".dylibs")
    return next((str(library) for folder in folders for library in sorted(folder.glob("libopenjp2*"))), None)


@contextmanager
def open_rows(path: Path) -> Iterator[Rows | None]:
    """Open a JPEG 2000 file to be decoded some rows at a time.

    Yields:
        Its rows; None where it is of a kind that is decoded as a whole: of a depth other than 8 and 16 bits, or with
        a further channel that is no alpha.

    Raises:
        ImageError: It is of a kind that is not read.
        ValueError: It is damaged.
    """
    import glymur

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        content = jpeg2000.content_of(path, data)
        image = glymur.Jp2k(path)
        image.ignore_pclr_cdef_cmap = True
    dtype = np.dtype(np.uint8 if content.bits == 8 else np.uint16)
    if content.bits not in (8, 16) or content.channels > 4 or content.has_further:
        yield None
        return

    down, right = content.offset  # glymur counts on the reference grid

    def read(top: int, bottom: int) -> Samples:
        samples: Any = image[down + top : down + bottom, right : right + content.size[1]]
        samples = samples.reshape(bottom - top, content.size[1], -1)
        return content.expanded(samples)

    yield Rows((*content.size, content.channels), dtype, read, content.metadata, content.notes)
