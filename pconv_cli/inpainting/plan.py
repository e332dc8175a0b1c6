"""What a run is going to do, known from names and headers alone, before any model is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pconv_cli.errors import FileError, NothingToDo
from pconv_cli.files.find import find_other_pictures
from pconv_cli.files.pairing import pair_with_masks
from pconv_cli.inpainting.options import InpaintOptions
from pconv_cli.inpainting.report import Warnings
from pconv_cli.inpainting.targets import Job, check_out, plan_targets


@dataclass(frozen=True)
class Plan:
    """A run before it begins.

    Attributes:
        jobs: What is to be restored, in the order of the pictures' names.
        skipped: Names of the pictures whose outputs are there already.
        problems: Names of the pictures that cannot be done, each with its error.
    """

    jobs: list[Job]
    skipped: list[str]
    problems: list[tuple[str, FileError]]


def plan_folder(options: InpaintOptions, warnings: Warnings) -> Plan:
    """Find the pictures, their masks and their outputs.

    Raises:
        UsageError: A path does not exist, or the output lies where pictures or masks are read.
        NothingToDo: There is no picture.
    """
    check_out(options.pictures, options.masks, options.out)
    pairing = pair_with_masks(options.pictures, options.masks)
    _warn_of_other_kinds(options.pictures, warnings)
    if not pairing.pairs and not pairing.problems:
        raise NothingToDo(f"{options.pictures}: holds no picture (PNG, JPEG, TIFF, WebP or BMP); check the path")
    if pairing.extra:
        warnings.add("extra masks", f"masks without a picture: {_first_five(pairing.extra)}")
    for doubt in pairing.doubts:
        warnings.add("orientation", doubt)
    jobs, collisions = plan_targets(pairing.pairs, options.pictures, options.out, options.format)
    skipped = [] if options.overwrite else [job for job in jobs if job.target.exists()]
    names = {job.pair.name for job in skipped}
    return Plan(
        jobs=[job for job in jobs if job.pair.name not in names],
        skipped=[job.pair.name for job in skipped],
        problems=[*pairing.problems, *collisions],
    )


def _warn_of_other_kinds(pictures: Path, warnings: Warnings) -> None:
    others = find_other_pictures(pictures)
    if others:
        count = "1 file of another kind" if len(others) == 1 else f"{len(others)} files of other kinds"
        warnings.add("other kinds", f"{count} left out (PNG, JPEG, TIFF, WebP and BMP are read): {_first_five(others)}")


def _first_five(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(str(path) for path in paths[:5]) + more
