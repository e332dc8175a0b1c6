"""What a run would do, without doing it: pairs, hole ratios, tiles and problems."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import FileError, one_file
from pconv_cli.files.atomic import check_seems_writable
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.jobs.images.opening import open_image
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.plan import plan_folder
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.doubts import warn_of
from pconv_cli.jobs.report.outcome import InpaintReport, Warnings
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import ON_DEVICE, TRAINED
from pconv_cli.methods.tiled.holes import wanted_holes
from pconv_cli.methods.tiled.sweep import plan_of
from pconv_cli.progress import Progress, Silent
from pconv_cli.wording import failed_json


@dataclass(frozen=True)
class PlannedImage:
    """What is planned for one image.

    Attributes:
        name: Its name below the folder of images.
        mask: Its mask file, or ``alpha``.
        masks: All of them, where pages have masks of their own.
        output: The file that it goes to.
        action: ``make``, ``again`` (the output is there and is replaced) or ``keep`` (it is there and stays).
        size: (height, width); None where the image is kept, and so not looked at.
        hole_ratio: Share of it that is hole, 0 to 1; None where kept.
        tiles: How many windows the network runs on at the image's own scale; None where kept, or of another method.
    """

    name: str
    mask: str
    output: str
    action: str
    size: tuple[int, int] | None = None
    hole_ratio: float | None = None
    tiles: int | None = None
    masks: tuple[str, ...] = ()


@dataclass
class Preview:
    """What a run would do.

    Attributes:
        method: How holes would be filled.
        rows: The images that would be done or kept, by name.
        failed: Those that would fail, each with the reason.
        warnings: What a user should know.
    """

    method: str
    rows: list[PlannedImage] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some images would fail."""
        return FileError.exit_code if self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values for JSON."""
        return {
            "method": self.method,
            "plan": [
                {
                    "name": row.name,
                    "mask": row.mask,
                    **({"masks": list(row.masks)} if len(row.masks) > 1 else {}),
                    "output": row.output,
                    "action": row.action,
                    "width": row.size[1] if row.size else None,
                    "height": row.size[0] if row.size else None,
                    "hole_ratio": row.hole_ratio,
                    "tiles": row.tiles,
                }
                for row in self.rows
            ],
            "failed": failed_json(self.failed),
            "warnings": self.warnings,
            "exit_code": self.exit_code,
        }


def preview_folder(options: InpaintOptions, progress: Progress | None = None) -> Preview:
    """Find out what a run with these options would do, and write nothing.

    Masks are decoded; of images only the headers are read, unless their alpha is the mask, so that an image whose
    samples are damaged is found by the run itself.

    Raises:
        UsageError: As `pconv_cli.jobs.folder.inpaint_folder`.
        NothingToDo: There is no image.
        ModelError: There are no such weights.
        OutputError: The folder cannot be written.
    """
    progress = progress or Silent()
    report = InpaintReport(method=options.method_name)
    warnings = Warnings(report, progress)
    plan = plan_folder(options, warnings)
    window_count = cache(_window_count)
    if options.method in TRAINED and (plan.jobs or plan.skipped):
        window_count(options)  # refuses weights that the run would refuse
    if plan.jobs:
        _check_device(options)
        check_seems_writable(plan.folder or options.out.parent)
    preview = Preview(report.method, failed=[(name, options.reworded(str(error))) for name, error in plan.problems])
    progress.start(len(plan.jobs), "masks")
    for job in plan.jobs:
        name = job.pair.name
        try:
            with one_file(job.pair.image):
                chosen = plan.choices.options(name)
                count = window_count(chosen) if chosen.method in TRAINED else None
                preview.rows.append(_row(job, "again" if name in plan.again else "make", options, count, warnings))
        except FileError as error:
            preview.failed.append((name, options.reworded(str(error))))
        progress.advance(name)
    preview.rows += [
        PlannedImage(
            job.pair.name, options.mask_source(job.pair.mask), str(job.target), "keep", masks=_masks(job, options)
        )
        for job in plan.skipped
    ]
    preview.rows.sort(key=lambda row: row.name)
    preview.failed += options.unread
    preview.failed.sort()
    warnings.close()
    preview.warnings = report.warnings
    return preview


def _row(
    job: RestoreJob,
    action: str,
    options: InpaintOptions,
    count: Callable[[Mask, Mask | None], int] | None,
    warnings: Warnings,
) -> PlannedImage:
    with open_image(job, options) as image:
        warn_of(warnings, job, image)
        tiles = None if count is None else sum(_tiles(holes, count) for holes in image.every_holes)
        ratio = round(image.hole_ratio, 6)
        mask = options.mask_source(job.pair.mask)
        masks = _masks(job, options)
        return PlannedImage(job.pair.name, mask, str(job.target), action, image.size, ratio, tiles, masks)


def _masks(job: RestoreJob, options: InpaintOptions) -> tuple[str, ...]:
    """Name all masks of an image, each once: those of pages drawn from annotations have one source."""
    return tuple(dict.fromkeys(map(options.mask_source, job.pair.masks or (None,))))


def _tiles(holes: PackedMask, count: Callable[[Mask, Mask | None], int]) -> int:
    """Return how many windows a network runs on for a mask of any size."""
    plan = plan_of(holes)
    masks = ((window, holes.window(window.rect)) for window in plan.windows)
    return sum(count(mask, wanted_holes(mask, plan.share(window))) for window, mask in masks)


def _check_device(options: InpaintOptions) -> None:
    """Refuse a device, and a precision on it, that the run itself would refuse."""
    if options.method in ON_DEVICE and (options.device, options.precision) != ("auto", "auto"):
        from pconv_cli.core.device import pick_device, pick_precision

        pick_precision(options.precision, pick_device(options.own_device))


def _window_count(options: InpaintOptions) -> Callable[[Mask, Mask | None], int]:
    """Return how many windows the network would run on for a mask; their sizes depend on the network."""
    from pconv_cli.methods.tiled.coarse import plan_at
    from pconv_cli.methods.tiled.network_windows import limits_of, tiling_of

    spec = _spec_of(options)
    limits = limits_of(spec, *tiling_of(spec, *options.tiling))
    return lambda mask, wanted: len(plan_at(mask, limits, wanted)[0].windows)


def _spec_of(options: InpaintOptions) -> Spec:
    """Find the network's spec, of shipped weights without importing torch."""
    from pconv_cli.core.networks.light import light_spec
    from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, shipped_path

    named = DEFAULT_WEIGHTS if options.weights is None else options.weights
    path = shipped_path(named)
    spec = None if path is None or options.trust or options.foreign is not None else light_spec(path)
    if spec is not None:
        return spec
    from pconv_cli.core.foreign.asked import Foreign
    from pconv_cli.core.weights_info import require_weights

    return require_weights(named, Foreign(options.trust, options.foreign)).spec
