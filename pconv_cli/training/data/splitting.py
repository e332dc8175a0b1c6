"""Which images a run learns from, and which it holds out; without torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pconv_cli.errors import NothingToDo, option
from pconv_cli.files.finding.find import find_images
from pconv_cli.training.data.damage import Source


def split_images(
    data: Path, share: float, seed: int, sources: Sequence[Source] | None = None
) -> tuple[list[Source], list[Source]]:
    """Find the images of a folder and hold a random share of them out for validation.

    Args:
        data: The folder.
        share: Share of the images, from 0 to below 1.
        seed: Seed of the choice.
        sources: The images, where they are known already.

    Returns:
        Those to train on and those held out; both in sorted order, and at least one in each if there are two.

    Raises:
        NothingToDo: The folder holds no image, or only one although some are to be held out.
    """
    found: Sequence[Source] = find_images(data) if sources is None else sources
    held_out = max(1, min(round(len(found) * share), len(found) - 1)) if share > 0 else 0
    if len(found) - held_out < 1:
        if not found:
            raise NothingToDo(f"{data}: holds no image to train on; check the path")
        raise NothingToDo(
            f"{data}: holds one image to train on, and {option('validation')} {share:g} would leave none; add "
            f"{'images' if sources is None else 'masks'}, or hold none out by {option('validation')} 0"
        )
    chosen = set(np.random.default_rng(seed).permutation(len(found))[:held_out].tolist())
    return (
        [source for i, source in enumerate(found) if i not in chosen],
        [source for i, source in enumerate(found) if i in chosen],
    )
