"""Masks from annotation files: matched with their images, drawn, and written as `pconv inpaint` pairs them."""

from pathlib import Path

from pconv_cli.errors import FileError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, find_images, relative_name
from pconv_cli.files.formats import ANNOTATION_SUFFIXES
from pconv_cli.masks.annotations.drawing import AnnotationDrawing
from pconv_cli.masks.annotations.formats import format_of, read_annotations
from pconv_cli.masks.annotations.readers import tiff
from pconv_cli.masks.annotations.readers.dxf import DrawingMap
from pconv_cli.masks.annotations.report import ImportOptions, ImportReport
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.progress import Progress, Silent


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
    _check_labels(options)  # before any mask is written, which the next run would keep
    ensure_writable_folder(options.out)
    drawing = AnnotationDrawing(options, images, ImportReport(options.out), progress)
    progress.start(len(files), "annotation files")
    for path in files:
        name, before = relative_name(path, options.source), len(drawing.report.failed)
        drawing.file(path, name, placed)
        failed = drawing.report.failed[before:]
        progress.advance(name, failed[0][1] if failed else "")
    return drawing.finish()


def _check_labels(options: ImportOptions) -> None:
    """Refuse labels that no annotation has; files that cannot be read are failures of the import itself."""
    if not options.labels:
        return
    labels = list_labels(options.source, options.drawing_map).labels
    known = {label.casefold() for label in labels}
    unknown = [label for label in options.labels if label.casefold() not in known]
    if unknown and labels:
        raise UsageError(
            f"{option('labels')} {','.join(unknown)}: no annotation has this class; there are "
            f"{', '.join(sorted(labels)[:12])}"
        )


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
            report.failed.append((relative_name(path, source), str(error).removeprefix(f"{path}: ")))
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
    found = [path for path in files if path.suffix.lower() in ANNOTATION_SUFFIXES and _may_be_one(path)]
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
