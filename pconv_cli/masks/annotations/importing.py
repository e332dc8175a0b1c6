"""Masks from annotation files: matched with their images, drawn, and written as `pconv inpaint` pairs them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, check_spares, find_images, relative_name
from pconv_cli.files.finding.pairing import mask_names
from pconv_cli.files.images import read_header
from pconv_cli.files.limits import MAX_PIXELS, MAX_SCAN_PIXELS
from pconv_cli.files.masks.codec import read_packed_mask, write_mask, write_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.previews import upright
from pconv_cli.masks.annotations import tiff
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.dxf import DrawingMap
from pconv_cli.masks.annotations.formats import SUFFIXES, format_of, read_annotations
from pconv_cli.masks.annotations.match import ImageNames
from pconv_cli.masks.annotations.shapes import Canvas, Rings, Shape, ShapeError
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.detect.image import is_scan
from pconv_cli.progress import Progress, Silent
from pconv_cli.tiling.rect import Rect

# Rows of a mask that are drawn at a time.
_BAND = 1024

# How far the sides of a drawing may be from the image's, by ratio, before it is another image's.
_SAME_SHAPE = 0.02

Size = tuple[int, int]


@dataclass(frozen=True)
class ImportOptions:
    """What to import, for which images, and where to.

    Attributes:
        source: An annotation file, or a folder of them.
        like: The images that were annotated: a folder, or one image.
        out: The folder to write masks to.
        labels: Classes to draw; empty: all.
        drawing_map: Control points of a DXF drawing; see `DrawingMap.parse`.
        overwrite: Replace masks that exist; otherwise they are kept.
    """

    source: Path
    like: Path
    out: Path
    labels: Sequence[str] = ()
    drawing_map: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Imported:
    """One mask.

    Attributes:
        name: The image, relative to its folder.
        mask: The mask file.
        regions: Annotations drawn.
        hole_ratio: Share of the image that is hole, 0 to 1.
        kept: Whether the mask was there already and stayed as it was.
    """

    name: str
    mask: str
    regions: int
    hole_ratio: float
    kept: bool = False


@dataclass
class ImportReport:
    """What became of it; ``exit_code`` is the status with which a command should end.

    ``labels`` counts the regions of every class, ``bare`` names the images without any annotation, and ``notes`` says
    what was left out.
    """

    out: Path
    imported: dict[str, Imported] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some annotations could not be read or drawn."""
        return FileError.exit_code if self.failures else 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "imported": [asdict(one) for one in self.imported.values()],
            "labels": dict(self.labels),
            "failed": [{"name": name, "reason": reason} for name, reason in self.failures],
            "notes": self.notes,
            "without_annotation": self.bare,
            "exit_code": self.exit_code,
        }


def import_masks(options: ImportOptions, progress: Progress | None = None) -> ImportReport:
    """Draw the annotations of a file or folder as masks that `pconv inpaint` pairs with the images.

    A pixel is hole if its centre lies inside a shape or the shape's outline passes through it; see
    `pconv_cli.masks.annotations.raster`. LabelMe's and Supervisely's shapes are drawn as those programs draw them.
    Every annotated image gets a mask, an empty one where no region of the labels is on it. Several files may annotate
    one image: their masks are united.

    Args:
        options: What to import.
        progress: What to report to.

    Returns:
        What was drawn, what was left out, and what failed; one bad file does not stop the rest.

    Raises:
        UsageError: Options that do not fit together, no such source or images, or labels that no file has.
        NothingToDo: There is no annotation file, or no image.
        OutputError: The output folder cannot be written.
    """
    progress = progress or Silent()
    placed = None if options.drawing_map is None else DrawingMap.parse(options.drawing_map)
    check_apart(options.like, options.out, "images")
    check_apart(options.source, options.out, "annotations")
    if options.out.is_file():
        raise UsageError(f"{option('out')} {options.out} is a file: choose a folder")
    images = {relative_name(path, options.like): path for path in find_images(options.like)}
    if not images:
        raise NothingToDo(f"{options.like}: no image found; name the folder of the annotated images")
    files = find_annotations(options.source)
    ensure_writable_folder(options.out)
    drawing = _AnnotationDrawing(options, images, ImportReport(options.out), progress)
    progress.start(len(files), "annotation files")
    for path in files:
        name, before = relative_name(path, options.source), len(drawing.report.failures)
        drawing.file(path, name, placed)
        failed = drawing.report.failures[before:]
        progress.advance(name, failed[0][1] if failed else "")
    return drawing.finish()


def list_labels(source: Path, drawing_map: str | None = None) -> ImportReport:
    """Count the regions of every class in an annotation file or folder, without drawing.

    Raises:
        UsageError: No such source, or a map that cannot be read.
        NothingToDo: There is no annotation file.
    """
    placed = None if drawing_map is None else DrawingMap.parse(drawing_map)
    report = ImportReport(Path())
    for path in find_annotations(source):
        try:
            with one_file(path):
                for annotated in read_annotations(AnnotationFile(path), placed):
                    report.labels.update(region.label for region in annotated.regions)
        except FileError as error:
            report.failures.append((relative_name(path, source), str(error).removeprefix(f"{path}: ")))
    return report


def find_annotations(source: Path) -> list[Path]:
    """List the annotation files below a folder, by suffix and then by content; a single file is taken as it is.

    TIFF files with further channels count where there is nothing else: beside annotations they are the images.

    Raises:
        UsageError: There is no such file or folder.
        NothingToDo: The folder holds none.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise UsageError(f"{source}: there is no such file or folder; check the path")
    files = [path for path in sorted(source.rglob("*")) if not path.name.startswith(".") and path.is_file()]
    found = [path for path in files if path.suffix.lower() in SUFFIXES and _may_be_one(path)]
    found = found or [path for path in files if tiff.has_channels(path)]
    if not found:
        raise NothingToDo(f"{source}: no annotation file found; name a file, or a folder that holds some")
    return found


def _may_be_one(path: Path) -> bool:
    """Say whether a file is an annotation, or too damaged to know; settings such as ``meta.json`` are none."""
    try:
        with one_file(path):
            return format_of(AnnotationFile(path)) is not None
    except FileError:
        return True


class _AnnotationDrawing:
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
            self.report.failures.append((name, str(error).removeprefix(f"{path}: ")))
            return
        if meant and not matched:
            self.report.failures.append((name, f"none of its images is in {self.options.like}; check {option('like')}"))

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
                self._draw(image, annotated)
        except FileError as error:
            self.report.failures.append((name, str(error)))
        return True

    def _draw(self, image: str, annotated: AnnotatedImage) -> None:
        stored = self.images[image]
        header = read_header(stored, max_pixels=MAX_SCAN_PIXELS)
        as_shown = header.size[::-1] if header.orientation >= 5 else header.size
        turned = annotated.displayed and header.orientation > 1
        if annotated.size == header.size != as_shown:
            turned = False  # drawn on the image as it is stored, whatever the format usually means
        size = as_shown if turned else header.size
        if annotated.size is not None and annotated.size != size:
            raise MaskError(f"{image}: was annotated as {_shown(annotated.size)}, and is {_shown(size)}")
        scan = is_scan(stored)
        target = (self.options.out / self._files[image]).with_suffix(".tif" if scan else ".png")
        check_spares(target, stored)
        before = self.report.imported.get(image)
        if before is None and target.exists() and not self.options.overwrite:
            ratio = read_packed_mask(target).hole_ratio
            self.report.imported[image] = Imported(image, target.as_posix(), 0, ratio, kept=True)
            return
        if before is not None and before.kept:
            return
        regions = [region for region in annotated.regions if self._chosen(region)]
        packed = _drawn(_in_pixels(image, annotated, regions, size), size, image)
        if turned:
            packed = PackedMask.of(_as_stored(packed.whole(), header.orientation))
        if before is not None:
            packed.add(read_packed_mask(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        if scan:
            write_packed_mask(target, packed)
        else:
            write_mask(target, packed.whole())
        count = len(regions) + (before.regions if before else 0)
        self.report.imported[image] = Imported(image, target.as_posix(), count, packed.hole_ratio)

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
        known = {label.casefold() for label in report.labels}
        unknown = [label for label in self.options.labels if label.casefold() not in known]
        if unknown and report.labels:
            listed = ", ".join(sorted(report.labels)[:12])
            raise UsageError(
                f"{option('labels')} {','.join(unknown)}: no annotation has this class; there are {listed}"
            )
        if self._missing and report.imported:
            self._note(f"{_several(self._missing)}: annotated, but not among the images of {self.options.like}")
        empty = [one.name for one in report.imported.values() if not one.kept and one.hole_ratio == 0]
        if empty:
            self._note(f"{_several(empty)}: nothing to mark, so the mask has no hole")
        if report.bare:
            self._note(f"{_several(report.bare)}: not annotated, so no mask was written")
        return report


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
    """Turn a mask of the displayed image to the image as it is stored; all but quarter turns undo themselves."""
    if mask.size > MAX_PIXELS:
        raise MaskError("a mask of this size cannot be turned; store the image upright first")
    return upright(mask, {6: 8, 8: 6}.get(orientation, orientation))


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{', '.join(names[:5])}{more}"


def _shown(size: Size) -> str:
    return f"{size[1]} x {size[0]}"
