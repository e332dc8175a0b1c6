"""Folders of masks changed by an operation, alone or with another folder's, into a new folder or in place."""

from dataclasses import dataclass, field
from pathlib import Path

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, find_images, left_out_words, relative_name
from pconv_cli.files.finding.partners import MASK_SUFFIX, find_partners
from pconv_cli.files.limits import SCAN_PIXELS
from pconv_cli.files.masks.codec import read_packed_mask, write_mask_by_name
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import Polarity, check_threshold
from pconv_cli.masks.algebra import BINARY, combine, filter_holes
from pconv_cli.masks.kinds import HoleFilter, Operation
from pconv_cli.masks.places import Places, names_mask
from pconv_cli.progress import Progress, Silent
from pconv_cli.wording import first_few


@dataclass(frozen=True)
class CombineOptions:
    """What to compute, of which masks, and where to write it.

    Attributes:
        operation: What to compute.
        source: A folder of masks, or one mask.
        other: The second masks of a union, difference or intersection: a folder, or one mask for all.
        out: The folder to write to, or with one mask a .png or .tif file; None: in place, which needs ``overwrite``.
        holes: Which holes `Operation.FILTER` keeps.
        polarity: The colour of the hole in the files that are read; written files have it white.
        threshold: Value (of 255) from which a sample counts as white, in [1, 255]; see `read_mask` for None.
        overwrite: Replace files that exist; otherwise they are kept.
    """

    operation: Operation
    source: Path
    other: Path | None = None
    out: Path | None = None
    holes: HoleFilter = field(default_factory=HoleFilter)
    polarity: Polarity = Polarity.WHITE
    threshold: int | None = None
    overwrite: bool = False


@dataclass
class CombineReport:
    """What became of it; ``exit_code`` is the status with which a command should end.

    ``emptied`` names the masks that had holes and have none any more.
    """

    out: Path
    written: int = 0
    kept: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some masks could not be read, paired or written."""
        return FileError.exit_code if self.failed else 0


def combine_masks(options: CombineOptions, progress: Progress | None = None) -> CombineReport:
    """Compute masks from masks and write them as 8-bit files with white holes; in a folder, huge ones are TIFF.

    Masks of two folders pair by relative path and stem, as images and masks do. In a union and a difference, a mask
    without a partner stays as it is; a union also takes the masks that the other folder alone has. In an intersection,
    a mask without a partner fails.

    Args:
        options: What to compute.
        progress: What to report to.

    Returns:
        What was written, kept and failed; one bad file does not stop the rest.

    Raises:
        UsageError: Options out of range or that do not fit together, or no such source.
        NothingToDo: The folder holds no mask.
        OutputError: The output folder cannot be written.
    """
    progress = progress or Silent()
    _check(options)
    files = {relative_name(path, options.source): path for path in find_images(options.source)}
    if not files:
        raise NothingToDo(f"{options.source}: no mask found; give a folder of mask files, or one mask file")
    to_file = options.out is not None and options.source.is_file() and names_mask(options.out, ["PNG", "TIFF"])
    report = CombineReport(options.out or options.source, notes=left_out_words(options.source))
    others = _others(files, options, report)
    if options.out is not None:
        ensure_writable_folder(options.out.parent if to_file else options.out)
    progress.start(len(files), "masks")
    places = Places()
    failed = dict(report.failed)
    for name, path in files.items():
        if name not in failed:
            try:
                with one_file(path):
                    target = options.out if to_file else _target(name, path, options)
                    assert target is not None
                    _one(path, others.get(name), target, places, options, report)
            except FileError as error:
                failed[name] = str(error).removeprefix(f"{path}: ")
                report.failed.append((name, failed[name]))
        progress.advance(name, failed.get(name, ""))
    if report.emptied:
        report.notes.append(f"{first_few(report.emptied)}: no hole remains")
    for note in report.notes:
        progress.warn(note)
    return report


def _check(options: CombineOptions) -> None:
    check_threshold(options.threshold)
    if options.out is None and not options.overwrite:
        raise UsageError(
            f"name a folder by {option('out')}, or give {option('overwrite')} to change the masks in place"
        )
    if options.out is not None:
        for folder in (options.source, options.other):
            if folder is not None:
                check_apart(folder, options.out, "masks")
    least, most = options.holes.min_area, options.holes.max_area
    if least < 0:
        raise UsageError(f"{option('min_area')} {least}: give 0 or more pixels")
    if most is not None and most < 1:
        raise UsageError(f"{option('max_area')} {most}: give 1 pixel or more")
    if most is not None and most < least:
        raise UsageError(f"{option('min_area')} {least}: lies above {option('max_area')} {most}; give less")
    if options.operation is Operation.FILTER and options.holes == HoleFilter():
        raise UsageError(
            f"say which holes to keep: {option('min_area')}, {option('max_area')}, {option('border')} or "
            f"{option('region')}"
        )
    if options.holes.region is not None and min(options.holes.region[2:]) < 1:
        raise UsageError(f"{option('region')}: its width and height must be at least 1")
    assert (options.other is not None) == (options.operation in BINARY)


def _others(files: dict[str, Path], options: CombineOptions, report: CombineReport) -> dict[str, Path]:
    """The second mask of each, by name; a union adds to ``files`` those that the other folder alone has."""
    if options.other is None:
        return {}
    if options.other.is_file():
        return dict.fromkeys(files, options.other)
    partners = find_partners(list(files), options.other, suffixes=("", MASK_SUFFIX))
    strict = options.operation is Operation.INTERSECT
    problems = [(name, error) for name, error in partners.problems if strict or name not in partners.missing]
    report.failed += [(name, str(error).removeprefix(f"{name}: ")) for name, error in problems]
    if partners.missing and not strict:
        report.notes.append(
            f"{first_few(sorted(partners.missing))}: no mask in {options.other}, so nothing changes there"
        )
    alone = {relative_name(path, options.other): path for path in partners.extra} if options.source.is_dir() else {}
    if options.operation is Operation.UNION:
        files |= alone
    elif alone:
        report.notes.append(f"{first_few(list(alone))}: only in {options.other}, so left out")
    return partners.found


def _target(name: str, path: Path, options: CombineOptions) -> Path:
    if options.out is not None:
        return (options.out / name).with_suffix(".png")
    if path.suffix.lower() not in (".png", ".tif", ".tiff"):
        raise MaskError(
            f"{path}: masks are written as PNG or TIFF, which cannot replace it; name a folder by {option('out')}"
        )
    return options.source if options.source.is_file() else options.source / name


def _one(
    path: Path, other: Path | None, target: Path, places: Places, options: CombineOptions, report: CombineReport
) -> None:
    mask = read_packed_mask(path, polarity=options.polarity, threshold=options.threshold)
    # In place it stays the one mask of its image, and a file that the user names is written as named.
    if options.out not in (None, target) and mask.size[0] * mask.size[1] >= SCAN_PIXELS:
        target = target.with_suffix(".tif")
    places.take(target, path)
    if target.exists() and not options.overwrite:
        report.kept += 1
        return
    had_holes = mask.hole_pixels > 0
    if other is not None:
        second = read_packed_mask(other, polarity=options.polarity, threshold=options.threshold)
        if second.size != mask.size:
            raise MaskError(f"{path}: is {_shown(mask)} and {other} {_shown(second)}; masks must have one size")
        combine(options.operation, mask, second)
    elif options.operation is Operation.INVERT:
        mask.invert()
    elif options.operation is Operation.FILTER:
        mask = filter_holes(mask, options.holes)
    emptied = had_holes and options.operation is not Operation.INVERT and not mask.hole_pixels
    target.parent.mkdir(parents=True, exist_ok=True)
    write_mask_by_name(target, mask)
    report.written += 1
    if emptied:
        report.emptied.append(relative_name(path, options.source))


def _shown(mask: PackedMask) -> str:
    return f"{mask.size[1]}x{mask.size[0]}"
