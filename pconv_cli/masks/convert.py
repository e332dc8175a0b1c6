"""Turning mask files of any kind into mask files as this program writes them, their holes changed on the way."""

from dataclasses import dataclass, field
from pathlib import Path

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, check_spares, find_images, left_out_words, relative_name
from pconv_cli.files.finding.partners import MASK_SUFFIX, find_partners
from pconv_cli.files.images import read_header
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.files.masks.polarity import Polarity, check_threshold
from pconv_cli.files.previews import as_stored, upright
from pconv_cli.masks.operations import dilate, erode
from pconv_cli.masks.places import Places, names_mask
from pconv_cli.masks.ratios import Mask
from pconv_cli.progress import Progress, Silent, warn_first


@dataclass(frozen=True)
class ConvertOptions:
    """What to convert, and how; the steps are done in the order of the attributes.

    Attributes:
        source: A folder of masks, or one mask.
        out: The folder to write to; with one mask also a file named .png.
        polarity: The colour of the hole in the files that are read; written files have it white.
        threshold: Value (of 255) from which a sample counts as white, in [1, 255]; see `read_mask` for None.
        inverted: Swap hole and valid.
        dilate: Grow holes by this number of pixels.
        erode: Then shrink them by this number.
        overwrite: Replace files that exist; otherwise they are kept.
        turn_for: The images (a folder, or one) that the masks were drawn on as viewers turn them, by EXIF
            orientation; the masks are turned first, to the way in which these are stored.
    """

    source: Path
    out: Path
    polarity: Polarity = Polarity.WHITE
    threshold: int | None = None
    inverted: bool = False
    dilate: int = 0
    erode: int = 0
    overwrite: bool = False
    turn_for: Path | None = None


@dataclass
class ConvertReport:
    """What became of it; ``exit_code`` is the status with which a command should end."""

    out: Path
    converted: int = 0
    kept: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some masks could not be read or written."""
        return FileError.exit_code if self.failed else 0


def convert_masks(options: ConvertOptions, progress: Progress | None = None) -> ConvertReport:
    """Convert a folder of masks, its tree mirrored, or one mask, to 8-bit PNG files with white holes.

    Args:
        options: What to convert.
        progress: Hears how far the work is.

    Returns:
        What was converted, kept and failed; one bad file does not stop the rest.

    Raises:
        UsageError: Options out of range, no such source, or an output inside the source folder.
        NothingToDo: The folder holds no mask.
        OutputError: The output folder cannot be written.
    """
    progress = progress or Silent()
    _check(options)
    files = find_images(options.source)
    if not files:
        raise NothingToDo(f"{options.source}: no mask found; give a folder of mask files, or one mask file")
    targets = _targets(files, options)
    images = None if options.turn_for is None else _images_of(files, options.source, options.turn_for)
    ensure_writable_folder(next(iter(targets.values())).parent if options.source.is_file() else options.out)
    report = ConvertReport(options.out)
    places = Places()
    doubts: list[str] = []
    progress.start(len(files), "masks")
    for path, target in targets.items():
        name, note = relative_name(path, options.source), ""
        try:
            with one_file(path):
                places.take(target, path)
                if target.exists() and not options.overwrite:
                    report.kept += 1
                else:
                    mask = read_mask(path, polarity=options.polarity, threshold=options.threshold, warn=doubts.append)
                    if images is not None:
                        mask = _turned(mask, path, images.get(path, []))
                    write_mask(target, _changed(mask, options))
                    report.converted += 1
        except FileError as error:
            note = str(error).removeprefix(f"{path}: ")
            report.failed.append((name, note))
        progress.advance(name, note)
    warn_first(progress, doubts)
    for words in left_out_words(options.source):
        progress.warn(words)
    return report


def _check(options: ConvertOptions) -> None:
    check_threshold(options.threshold)
    for name, px in (("dilate", options.dilate), ("erode", options.erode)):
        if px < 0:
            raise UsageError(f"{option(name)} {px}: give 0 or more pixels")
    check_apart(options.source, options.out, "masks")
    if options.source.is_dir() and options.out.is_file():
        raise UsageError(f"{option('out')} {options.out} is a file, and the input is a folder: choose a folder")


def _targets(files: list[Path], options: ConvertOptions) -> dict[Path, Path]:
    """Give each file its place: the same path and stem below the output folder, as .png."""
    if options.source.is_file():
        target = options.out if names_mask(options.out, ["PNG"]) else options.out / f"{options.source.stem}.png"
        check_spares(target, options.source)
        return {options.source: target}
    return {path: (options.out / relative_name(path, options.source)).with_suffix(".png") for path in files}


def _images_of(files: list[Path], source: Path, images: Path) -> dict[Path, list[Path]]:
    """The images of each mask, by the names that `pconv inpaint` goes by; one mask file serves all of them.

    Raises:
        UsageError: There are no such images.
    """
    found = {relative_name(path, images): path for path in find_images(images)}
    if source.is_file():
        return {source: list(found.values())}
    partners = find_partners(list(found), source, suffixes=("", MASK_SUFFIX), files=files).found
    served: dict[Path, list[Path]] = {}
    for name, mask in partners.items():
        served.setdefault(mask, []).append(found[name])
    return served


def _turned(mask: Mask, path: Path, images: list[Path]) -> Mask:
    """A mask drawn on turned images, as these are stored.

    Raises:
        MaskError: It has no image, several that are stored in different ways, or one of another size.
        ImageError: The image is damaged.
    """
    headers = [read_header(image) for image in images]
    ways = {header.orientation for header in headers}
    if len(ways) != 1:
        what = "belongs to images that are stored in different ways" if ways else "has no image among those named"
        raise MaskError(f"{path}: {what}; leave it out, or give {option('turn_for')} the folder with its image")
    shown = upright(mask, read_header(path).orientation)
    way = ways.pop()
    stored = as_stored(shown, way)
    if any(header.size != stored.shape for header in headers):
        raise MaskError(f"{path}: does not fit {images[0]} as viewers turn it; a mask must have the size of its image")
    return stored


def _changed(mask: Mask, options: ConvertOptions) -> Mask:
    if options.inverted:
        mask = ~mask
    return erode(dilate(mask, options.dilate), options.erode)
