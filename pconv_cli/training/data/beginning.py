"""What a run needs before it begins, looked at without torch, whose import takes longer than all of these checks."""

from pathlib import Path

from pconv_cli.core.vgg_file import find_vgg
from pconv_cli.errors import UsageError, option
from pconv_cli.files.atomic import check_writable_folder
from pconv_cli.files.finding.find import real
from pconv_cli.training.data.splitting import split_images
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import PAPERS, Paper
from pconv_cli.training.state import METRICS_FILE, STATE_FILE, WEIGHTS_FILE


def check_beginning(options: TrainOptions) -> None:
    """Refuse a new run that could not begin; what takes torch to find out is refused when it begins.

    Raises:
        UsageError: ``options.out`` holds a run already or lies among the images, or masks are among the images.
        NothingToDo: No images.
        PlaceError: ``options.out`` cannot be written.
        ModelError: VGG16's weights are not at hand.
    """
    check_new(options.out)
    check_places(options)
    check_writable_folder(options.out)
    if options.damage is None:
        split_images(options.data, options.validation, options.seed)
    papers = {"pconv": Paper(), **PAPERS}
    # A network of another name is refused with torch, and that comes first: the weights are a large download.
    takes_vgg = options.network in papers and not papers[options.network].own_loss
    if takes_vgg and options.perceptual_weight + options.style_weight > 0:
        find_vgg(options.vgg)


def check_new(folder: Path) -> None:
    """Refuse a folder that holds a run.

    Raises:
        UsageError: It does.
    """
    if (folder / STATE_FILE).exists():
        raise UsageError(
            f"{folder}: holds {STATE_FILE}; go on with {option('resume')}, or name another folder by {option('out')}"
        )
    for name in (WEIGHTS_FILE, METRICS_FILE):
        if (folder / name).exists():
            raise UsageError(
                f"{folder}: holds {name}, and no state to go on from; name another folder by {option('out')}"
            )


def check_places(options: TrainOptions) -> None:
    """Refuse a run that would learn from its own samples, or from its masks.

    Raises:
        UsageError: ``options.out`` or ``options.masks`` lies among the images.
    """
    if real(options.out).is_relative_to(real(options.data)):
        raise UsageError(
            f"{option('out')} {options.out}: lies in {options.data}, where its samples would be trained on; "
            "choose a folder beside it"
        )
    if options.masks is not None and real(options.masks).is_relative_to(real(options.data)):
        raise UsageError(
            f"{option('masks')} {options.masks}: lies in {options.data}, where its masks would be trained on; "
            "keep masks beside the images' folder, or leave it out"
        )
