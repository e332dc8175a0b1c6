"""A folder restored with weights adapted to it: training and inpainting, which do not know each other, in a row."""

from dataclasses import replace
from pathlib import Path

from pconv_cli.core.weight_files import DEFAULT_WEIGHTS
from pconv_cli.errors import UsageError, option
from pconv_cli.files.formats import format_of_name
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.plan import plan_folder
from pconv_cli.jobs.report.outcome import InpaintReport, Warnings
from pconv_cli.methods.names import TRAINED
from pconv_cli.progress import Progress, Silent
from pconv_cli.training.adapt import AdaptedWeights, AdaptOptions, adapt

ADAPTED = "adapted.safetensors"


def inpaint_adapted(
    options: InpaintOptions, adapt_steps: int, progress: Progress | None = None
) -> tuple[AdaptedWeights | None, InpaintReport]:
    """Fine-tune the weights on the images at hand, then restore those with what came of it.

    Args:
        options: What to inpaint, and how; its weights are those to start from.
        adapt_steps: Steps of fine-tuning.
        progress: Hears of every step and every image.

    Returns:
        The adapted weights (None where nothing is left to restore, and so nothing was adapted), and the report of
        inpainting.

    Raises:
        UsageError: The method is another than ``pconv``, or what is there was adapted to something else.
        PconvError: And all that `adapt` and `inpaint_folder` raise.
    """
    if options.method not in TRAINED:
        raise UsageError(
            f"{option('adapt_steps')}: belongs to {option('method')} pconv; {options.method} has no use for it"
        )
    if options.shard is not None:
        raise UsageError(
            f"{option('adapt_steps')}: works in one process; adapt first, then restore with {option('weights')} in "
            "several"
        )
    wanted = AdaptOptions(
        images=options.images,
        masks=options.masks,
        target=adapted_path(options),
        adapt_steps=adapt_steps,
        weights=options.weights or DEFAULT_WEIGHTS,
        device=options.device,
        polarity=options.polarity,
        threshold=options.threshold,
        mask_pattern=options.mask_pattern,
        dilate=options.dilate,
        overwrite=options.overwrite,
        resume=options.resume,
    )
    # Silent: `inpaint_folder` plans again, and reports.
    plan = plan_folder(options, Warnings(InpaintReport(str(options.method)), Silent()))
    if (not plan.jobs and not wanted.target.exists()) or (plan.problems and options.fail_fast):
        return None, inpaint_folder(options, progress)  # which restores nothing, and says why
    adapted = adapt(wanted, progress)
    return adapted, inpaint_folder(replace(options, weights=adapted.weights), progress)


def adapted_path(options: InpaintOptions) -> Path:
    """Return where adapted weights are kept: in the output folder; beside an output file, with its name in front."""
    out = options.out
    if options.images.is_file() and format_of_name(out) and not out.is_dir():
        return out.with_name(f"{out.stem}.{ADAPTED}")
    return out / ADAPTED
