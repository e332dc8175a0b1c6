"""The files beside a restored one: its retouch as a layer, a display copy that shows it, a map of how sure it is."""

import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.atomic import unwritable
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import write_image
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.metadata.ifd import build_exif
from pconv_cli.files.metadata.provenance import Provenance, with_provenance
from pconv_cli.files.previews import shown, upright
from pconv_cli.files.retouch.layers import layer_of
from pconv_cli.files.retouch.names import COPY, LAYER, MAP, Show, extra_path
from pconv_cli.files.retouch.shows import REACH, Rgb8, hatched, line_width, outlined
from pconv_cli.files.retouch.tones import Tones
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.confidence import FillJudge, Map
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.profiling import measured
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

_ORIENTATION = 0x0112
#: Side in pixels of what is drawn at a time, a multiple of `pconv_cli.files.retouch.tones.CELL`.
_SIDE = 1024


@contextmanager
def extras_written(
    image: OpenImage,
    target: Path,
    options: InpaintOptions,
    said: Provenance | None,
    old: Collection[Path],
    judge: FillJudge | None = None,
    *,
    is_new: bool = False,
) -> Iterator[list[Path]]:
    """Write what is asked for beside a restored image, all of it or none; what an earlier run left there goes.

    Args:
        image: The image, filled and written.
        target: Its file.
        options: Which files, see ``retouch`` and ``show``.
        said: What they say of the restoration; None: nothing.
        old: Those that earlier runs made; no other file is removed.
        judge: Judges the fills for a map of confidence; None: there is none.
        is_new: Whether ``target`` did not stand there before; it then goes, too: a later run would take it for done.

    Yields:
        The files; none of an image without a hole. They are removed again where the block fails.

    Raises:
        OutputError: One cannot be written.
        ImageError: The restored file cannot be read.
    """
    written: list[Path] = []
    xmp = None if said is None else with_provenance(None, said)
    try:
        if image.has_holes and (options.retouch or options.show or judge):
            with image.parts() as parts:
                whole = not image.is_windowed and parts[0].number is None
                if options.retouch is not None:
                    written.append(_write_layer(parts, target, xmp, whole=whole))
                if options.show is not None:
                    written.append(_write_copy(parts, target, options.show, xmp, whole=whole))
                if judge is not None:
                    scale = image.scale if image.page is None else None
                    written.append(_write_map(parts, target, judge, scale, xmp, whole=whole))
        _remove(set(old).difference(written))
        yield written
    except BaseException:
        _remove({*old, *written, *([target] if is_new else ())})
        raise


def _remove(places: Iterable[Path]) -> None:
    for place in places:
        if place.is_file():
            try:
                place.unlink()
            except OSError as error:
                raise unwritable(place, error) from error


def _write_layer(parts: Sequence[RestoredPart], target: Path, xmp: bytes | None, *, whole: bool) -> Path:
    """Write the retouch as a layer: as PNG where that holds it."""
    first = parts[0]
    if whole:
        tiff = first.dtype not in (np.uint8, np.uint16) or first.bits > 0 or first.rendering.lab > 0
        kind = ImageFormat.TIFF if tiff else ImageFormat.PNG
        place = extra_path(target, LAYER, tiff=tiff)
        layer = _layer(first, Rect.whole(first.size))
        write_image(place, StoredImage(layer, kind, _metadata(first, xmp), bits=first.bits, lab=first.rendering.lab))
        return place
    from pconv_cli.files.tiff.tiled import TiledPage, tiles_written  # tifffile is loaded where it is needed

    place = extra_path(target, LAYER, tiff=True)
    with tiles_written(
        place,
        [
            TiledPage(
                part.size,
                2 if part.channels < 3 else 4,
                part.dtype,
                partial(_layer, part),
                _metadata(part, xmp),
                part.rendering.lab,
                part.number,
            )
            for part in parts
        ],
    ):
        return place


def _layer(part: RestoredPart, rect: Rect) -> Samples:
    """Cut out the layer of a rectangle; where it has no hole, nothing is decoded."""
    hole = part.holes.hole(rect)
    samples = part.window(rect) if hole.any() else np.zeros((*rect.size, part.channels), part.dtype)
    return layer_of(samples, hole, opaque=part.opaque)


def _write_copy(parts: Sequence[RestoredPart], target: Path, show: Show, xmp: bytes | None, *, whole: bool) -> Path:
    """Write the display copy: 8-bit sRGB, as PNG where it is held whole, and then upright."""
    drawn = [_drawing(part, show) for part in parts]
    first = parts[0]
    if whole:
        place = extra_path(target, COPY, tiff=False)
        rgb = np.empty((*first.size, 3), np.uint8)
        for rect in tiles_of(Rect.whole(first.size), _SIDE):
            rgb[rect.slices] = drawn[0](rect)
        dpi = first.dpi[::-1] if first.dpi and first.rendering.orientation > 4 else first.dpi
        rgb = upright(rgb, first.rendering.orientation)
        write_image(place, StoredImage(rgb, metadata=Metadata(xmp=xmp, dpi=dpi)))
        return place
    from pconv_cli.files.tiff.tiled import TiledPage, tiles_written

    place = extra_path(target, COPY, tiff=True)
    with tiles_written(
        place,
        [
            TiledPage(
                part.size, 3, np.dtype(np.uint8), draw, replace(_metadata(part, xmp), icc=None), number=part.number
            )
            for part, draw in zip(parts, drawn, strict=True)
        ],
    ):
        return place


def _write_map(
    parts: Sequence[RestoredPart],
    target: Path,
    judge: FillJudge,
    scale: SampleRange | None,
    xmp: bytes | None,
    *,
    whole: bool,
) -> Path:
    """Write the map of how sure the fills are: 8 bits of grey, as PNG where it is held whole."""
    with measured("judge"):
        maps = [judge.map_of(part, scale) for part in parts]
    plain = [replace(_metadata(part, xmp), icc=None) for part in parts]
    if whole:
        place = extra_path(target, MAP, tiff=False)
        write_image(place, StoredImage(maps[0][:, :, np.newaxis], ImageFormat.PNG, plain[0]))
        return place
    from pconv_cli.files.tiff.tiled import TiledPage, tiles_written

    def drawn(judged: Map, rect: Rect) -> Samples:
        return judged[rect.slices][:, :, np.newaxis]

    place = extra_path(target, MAP, tiff=True)
    with tiles_written(
        place,
        [
            TiledPage(part.size, 1, np.dtype(np.uint8), partial(drawn, judged), metadata, number=part.number)
            for part, judged, metadata in zip(parts, maps, plain, strict=True)
        ],
    ):
        return place


def _drawing(part: RestoredPart, show: Show) -> Callable[[Rect], Rgb8]:
    """Return what gives the display copy of a rectangle, as stored, not yet upright."""
    rendering, size = replace(part.rendering, orientation=1, opaque=part.opaque), part.size
    width, is_lying = line_width(size), part.rendering.orientation > 4  # then what is upright lies in the file

    def seen(rect: Rect) -> Rgb8:
        return shown(part.window(rect), rendering, max(rect.size))

    def known(rect: Rect) -> tuple[Rgb8, NDArray[np.bool_]]:
        samples = part.window(rect)
        blank = blank_pixels(samples, part.no_data)
        counts = part.holes.window(rect)
        return shown(samples, rendering, max(rect.size)), counts if blank is None else counts & ~blank

    filled = part.filled
    tones = Tones(filled, known, tiles_of(Rect.whole(size), _SIDE)) if show is Show.NEUTRAL else None

    def draw(rect: Rect) -> Rgb8:
        area = rect.grown(REACH, size)
        hole = filled.hole(area)
        if not hole.any():
            return seen(rect)
        rgb = seen(area)
        if tones is not None:
            rgb = tones.toned(rgb, hole, area)
        elif show is Show.OUTLINE:
            rgb = outlined(rgb, hole, width)
        elif is_lying:
            rgb = hatched(rgb.swapaxes(0, 1), hole.T, width, area.top).swapaxes(0, 1)
        else:
            rgb = hatched(rgb, hole, width, area.left)
        return rgb[rect.relative_to(area).slices]

    return draw


def _metadata(part: RestoredPart, xmp: bytes | None) -> Metadata:
    """Keep the image's profile, resolution and orientation, and what is said of the restoration."""
    orientation = part.rendering.orientation
    exif = build_exif("<", {_ORIENTATION: (3, 1, struct.pack("<H", orientation))}, {}) if orientation != 1 else None
    return Metadata(icc=part.rendering.icc, exif=exif, xmp=xmp, dpi=part.dpi)
