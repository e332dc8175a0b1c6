"""The contact sheet of an image's variants: the damaged image, and the variants by number, to choose from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pconv_cli.errors import OutputError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.previews import Rgb8, shown, shown_hole
from pconv_cli.files.sheets import comment_of, contact_sheet, titled, write_jpeg_sheet
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.opening import open_and_read, open_restored
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.views import LONGEST, worth_seeing
from pconv_cli.tiling.rect import Rect

#: Images in a row of a sheet at most.
COLUMNS = 5

# Begins the comment of each sheet, so that no other file is replaced by one. A sheet that is laid out otherwise needs
# another number.
_MARK = "pconv inpaint variants 1 "

_GREY = 128


@dataclass(frozen=True)
class Variant:
    """One variant of an image: its file, and the seed that made it."""

    output: Path
    seed: int


def draw_sheet(job: RestoreJob, options: InpaintOptions, variants: Mapping[int, Variant], place: Path) -> bool:
    """Draw the sheet of an image, or leave the one that shows these very files.

    Args:
        job: The image, its mask, and the format of its outputs.
        options: How they are read.
        variants: The variants by number, at least one.
        place: Where to write the sheet, a JPEG file.

    Returns:
        Whether there is one; there is none where all variants are alike, and an earlier one then is removed.

    Raises:
        FileError: A file cannot be read, or the sheet cannot be written.
    """
    ours = comment_of(place) if place.exists() else _MARK
    if not ours.startswith(_MARK):
        raise OutputError(f"{place}: is not a contact sheet of pconv inpaint, so it stays as it is; move it away")
    digests = {number: sha256_of(variant.output) for number, variant in variants.items()}
    if len(variants) > 1 and len(set(digests.values())) == 1:
        place.unlink(missing_ok=True)
        return False
    read = [sha256_of(path) for path in (job.pair.image, *job.pair.masks)]
    shows = [(number, variants[number].seed, digest) for number, digest in digests.items()]
    comment = _MARK + hashlib.sha256(repr((read, shows, options.dilate, options.white_from)).encode()).hexdigest()
    if not place.exists() or ours != comment:
        write_jpeg_sheet(place, _sheet(job, options, variants), comment)
    return True


def _sheet(job: RestoreJob, options: InpaintOptions, variants: Mapping[int, Variant]) -> Rgb8:
    with open_and_read(job, options) as image:
        tiles, rendering = worth_seeing(image), image.rendering
        cells = [[_damaged(image, tile)] for tile in tiles]
        for number, variant in variants.items():
            title = f"variant {number}, seed {variant.seed}"
            with open_restored(variant.output, image, options) as window:
                for line, tile in zip(cells, tiles, strict=True):
                    line.append(titled(shown(window(tile), rendering, LONGEST), title))
    return contact_sheet([line[n : n + COLUMNS] for line in cells for n in range(0, len(line), COLUMNS)])


def _damaged(image: OpenImage, tile: Rect) -> Rgb8:
    """Show a tile as it was found, its holes grey."""
    hole = shown_hole(image.holes.hole(tile), image.rendering.orientation, LONGEST)
    seen = shown(image.window(tile), image.rendering, LONGEST)
    return titled(np.where(hole[:, :, np.newaxis], np.uint8(_GREY), seen), "damaged")
