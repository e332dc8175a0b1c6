"""Annotations drawn as masks, one image after another, and written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import FileError, MaskError, one_file
from pconv_cli.files.finding.find import check_spares
from pconv_cli.files.finding.partners import mask_names
from pconv_cli.files.images import read_header
from pconv_cli.files.limits import MAX_PIXELS, MAX_SCAN_PIXELS
from pconv_cli.files.masks.codec import read_packed_mask, write_mask_by_name
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.previews import as_stored
from pconv_cli.files.tiff.windowed import is_scan
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.formats import read_annotations
from pconv_cli.masks.annotations.match import ImageNames
from pconv_cli.masks.annotations.readers.dxf import DrawingMap
from pconv_cli.masks.annotations.report import Imported, ImportOptions, ImportReport
from pconv_cli.masks.annotations.shapes import Canvas, Rings, Shape, ShapeError
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.progress import Progress
from pconv_cli.tiling.rect import Rect
from pconv_cli.wording import first_few

# Rows of a mask that are drawn at a time.
_BAND = 1024
# How far the sides of a drawing may be from the image's, by ratio, before it is another image's.
_SAME_SHAPE = 0.02
Size = tuple[int, int]


class AnnotationDrawing:
    """Masks on their way from annotations to files."""

    def __init__(
        self, options: ImportOptions, images: dict[str, Path], report: ImportReport, progress: Progress
    ) -> None:
        self.options, self.images, self.report, self.progress = options, images, report, progress
        self._names = ImageNames(list(images))
        self._files = mask_names(list(images))
        self._wanted = {label.casefold() for label in options.labels}
        self._missing: list[str] = []

    def file(self, path: Path, name: str, placed: DrawingMap | None) -> None:
        """Draw what one file holds; what is wrong with it, or with one image of it, is a failure of its own."""
        folder = Path(name).parent.as_posix() if self.options.source.is_dir() else ""
        matched, meant = False, 0
        try:
            with one_file(path):
                for annotated in read_annotations(AnnotationFile(path), placed):
                    meant += 1
                    matched |= self._image(path, name, folder, annotated)
        except FileError as error:
            self.report.failed.append((name, str(error).removeprefix(f"{path}: ")))
            self.report.unread.append(self.report.failed[-1])
            return
        if meant and not matched:
            self.report.failed.append((name, f"none of its images is in {self.options.like}; name their folder"))

    def _image(self, path: Path, name: str, folder: str, annotated: AnnotatedImage) -> bool:
        """Draw one image's annotations; False where the image is not there."""
        self.report.labels.update(region.label for region in annotated.regions)
        try:
            with one_file(path):
                image = self._names.find([*annotated.names, path.stem], folder)
                if image is None:
                    self._missing.append(annotated.names[0] if annotated.names else path.stem)
                    return False
                self._notes(name, annotated)
                self.draw(image, annotated)
        except FileError as error:
            self.report.failed.append((name, str(error)))
        return True

    def draw(self, image: str, annotated: AnnotatedImage) -> None:
        """Draw one image's annotations into its mask's file."""
        stored = self.images[image]
        target = (self.options.out / self._files[image]).with_suffix(".tif" if is_scan(stored) else ".png")
        placed = self.placed(image, annotated)
        check_spares(target, stored)
        before = self.report.imported.get(image)
        if before is None and target.exists() and not self.options.overwrite:
            ratio = read_packed_mask(target).hole_ratio
            self.report.imported[image] = Imported(image, target.as_posix(), 0, ratio, kept=True)
            return
        if before is not None and before.kept:
            return
        regions = [region for region in annotated.regions if self._chosen(region)]
        packed = placed_mask(image, annotated, regions, placed)
        if before is not None:
            packed.add(read_packed_mask(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        write_mask_by_name(target, packed)
        count = len(regions) + (before.regions if before else 0)
        self.report.imported[image] = Imported(image, target.as_posix(), count, packed.hole_ratio)

    def placed(self, image: str, annotated: AnnotatedImage) -> tuple[Size, int]:
        """Find the size that annotations belong to, and the orientation by which the image is turned to it.

        Raises:
            MaskError: They belong to an image of another size.
        """
        header = read_header(self.images[image], max_pixels=MAX_SCAN_PIXELS)
        as_shown = header.size[::-1] if header.orientation >= 5 else header.size
        turned = annotated.displayed and header.orientation > 1
        if annotated.size == header.size != as_shown:
            turned = False  # drawn on the image as it is stored, whatever the format usually means
        size = as_shown if turned else header.size
        if annotated.size is not None and annotated.size != size:
            raise MaskError(f"{image}: was annotated as {_shown(annotated.size)}, and is {_shown(size)}")
        return size, header.orientation if turned else 1

    def _chosen(self, region: Region) -> bool:
        return not self._wanted or region.label.casefold() in self._wanted

    def _notes(self, name: str, annotated: AnnotatedImage) -> None:
        if annotated.skipped:
            more = f" (and {len(annotated.skipped) - 1} more)" if len(annotated.skipped) > 1 else ""
            self._note(f"{name}: left out {annotated.skipped[0]}{more}")

    def _note(self, words: str) -> None:
        self.report.notes.append(words)
        self.progress.warn(words)

    def finish(self) -> ImportReport:
        """Say what no file annotates, and what the files annotate that is not there."""
        report = self.report
        report.bare = [name for name in self.images if name not in report.imported]
        if self._missing and report.imported:
            self._note(f"{first_few(self._missing)}: annotated, but not among the images of {self.options.like}")
        empty = [one.name for one in report.imported.values() if not one.kept and one.hole_ratio == 0]
        if empty:
            self._note(f"{first_few(empty)}: nothing to mark, so the mask has no hole")
        if report.bare:
            self._note(f"{first_few(report.bare)}: not annotated, so no mask was written")
        return report


def placed_mask(
    image: str, annotated: AnnotatedImage, regions: Sequence[Region], placed: tuple[Size, int]
) -> PackedMask:
    """Draw regions of an image as a mask of it as it is stored.

    Args:
        image: Its name, for messages.
        annotated: What the regions are from.
        regions: What to draw.
        placed: What `AnnotationDrawing.placed` says.

    Raises:
        MaskError: A region cannot be drawn, or belongs to another image.
    """
    size, orientation = placed
    packed = _drawn(_in_pixels(image, annotated, regions, size), size, image)
    return packed if orientation == 1 else PackedMask.of(_as_stored(packed.whole(), orientation))


def _in_pixels(image: str, annotated: AnnotatedImage, regions: Sequence[Region], size: Size) -> Iterator[Region]:
    """The regions in pixels of the image, where they count other units."""
    if annotated.frame is None:
        yield from regions
        return
    across, down = size[1] / annotated.frame[0], size[0] / annotated.frame[1]
    if abs(across / down - 1) > _SAME_SHAPE:
        drawn = f"{annotated.frame[0]:g} x {annotated.frame[1]:g}"
        raise MaskError(f"{image}: was annotated as {drawn} units, and is {_shown(size)}: another shape")
    for region in regions:
        scaled: list[Shape] = [
            shape.scaled(across, down) if isinstance(shape, Rings) else shape for shape in region.shapes
        ]
        yield replace(region, shapes=scaled)


def _drawn(regions: Iterator[Region], size: Size, image: str) -> PackedMask:
    """The union of regions, drawn band by band."""
    height, width = size
    packed, shapes = PackedMask(size), [shape for region in regions for shape in region.shapes]
    for top in range(0, height, _BAND):
        bottom = min(height, top + _BAND)
        canvas = Canvas(np.zeros((bottom - top, width), np.bool_), top, height * width)
        try:
            for shape in shapes:
                shape.draw(canvas)
        except ShapeError as error:
            raise MaskError(f"{image}: an annotation cannot be drawn: {error}") from error
        packed.put_hole(Rect(top, 0, bottom - top, width), canvas.hole)
    return packed


def _as_stored(mask: np.ndarray[Any, np.dtype[np.bool_]], orientation: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Turn a mask of the displayed image to the image as it is stored."""
    if mask.size > MAX_PIXELS:
        raise MaskError("a mask of this size cannot be turned; store the image upright first")
    return as_stored(mask, orientation)


def _shown(size: Size) -> str:
    return f"{size[1]} x {size[0]}"
