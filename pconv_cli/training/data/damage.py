"""Training images that are damaged themselves: which of their pixels are known, and crops that hold enough of those.

Such an image is ``(H, W, 4)`` uint8: RGB, and a fourth channel that is 0 where the pixel is known and 255 where it is
damaged. What stood at damaged pixels is forgotten as the image is read: from there on they have the mean colour of
the known ones, so that no scaling, turning or jittering can bring a trace of it back.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, NothingToDo, UsageError, option
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import mask_of_alpha, read_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import Mask, polarity_remedy
from pconv_cli.training.data.augmentation import StoredImage, augment
from pconv_cli.training.data.masks import MaskSource, nobody_to_tell
from pconv_cli.training.options import TrainOptions

# A crop is drawn again until this share of it is known, at most this often; then the best of them is taken.
ENOUGH_KNOWN = 0.5
TRIES = 8

# Damaged images are kept up to this shorter side, and more where crops are large: reduced ones lose known pixels
# along every edge of the damage, and teach a scale at which nothing is restored.
DAMAGED_SIDE = 2048


class DamagedFolder:
    """The damaged images of a folder that have a mask, as `pconv inpaint` pairs them.

    Args:
        images: Their folder, or one image.
        masks: A folder of masks, one mask for all, or ``"alpha"`` for the images' own transparency.
        polarity: The colour of the damage in mask files.
        threshold: Value from which a mask's sample is white, or a pixel opaque; None: 128, or 255.
        pattern: How masks are named; see `pconv_cli.files.finding.pairing.pair_with_masks`.
        grow: Pixels by which damage is grown first.
        warn: Called with a sentence on each image without a clear mask.

    Attributes:
        paths: The images.
        unreadable: What was wrong with those left out.

    Raises:
        UsageError: A path does not exist.
        NothingToDo: No image has a mask.
    """

    def __init__(
        self,
        images: Path,
        masks: Path | Literal["alpha"],
        *,
        polarity: Polarity = Polarity.WHITE,
        threshold: int | None = None,
        pattern: str | None = None,
        grow: int = 0,
        warn: Callable[[str], None] = nobody_to_tell,
    ) -> None:
        if isinstance(masks, Path) and not (masks.is_dir() or masks.is_file()):
            raise UsageError(f"{option('damage')} {masks}: there is no such file or folder of masks; check the path")
        pairing = pair_with_masks(images, masks, pattern=pattern)
        self.unreadable = {number: str(error) for number, (_, error) in enumerate(pairing.problems)}
        if pairing.problems and not pairing.pairs:
            raise NothingToDo(f"{images}: none of its images can be trained on; the first: {self.unreadable[0]}")
        for message in (*self.unreadable.values(), *pairing.doubts):
            warn(message)
        self._masks = {pair.image: pair.mask for pair in pairing.pairs}
        self._polarity, self._threshold, self._grow = polarity, threshold, grow
        self.paths = [pair.image for pair in pairing.pairs]

    def read(self, path: Path) -> StoredImage:
        """Decode one of the images with its damage, ``(H, W, 4)``.

        Raises:
            ImageError: The image is damaged as a file.
            MaskError: The mask is, or it leaves no pixel known.
        """
        image, mask_path = read_image(path), self._masks[path]
        if mask_path is None:
            known = mask_of_alpha(image, threshold=self._threshold)
        else:
            known = read_mask(mask_path, polarity=self._polarity, threshold=self._threshold)
        if self._grow:
            known = dilate(known, self._grow)
        if known.shape != image.size or not known.any():
            wrong = "is of another size" if known.shape != image.size else "leaves no pixel to learn from"
            raise MaskError(f"{path}: its mask {wrong}; {polarity_remedy(self._polarity)}")
        return with_damage(np.rint(image.rgb(known) * 255).astype(np.uint8), known)


def find_damaged(options: TrainOptions, warn: Callable[[str], None]) -> DamagedFolder | None:
    """Find the images of a run with their damage; None where the run has none."""
    if options.damage is None:
        return None
    return DamagedFolder(
        options.data,
        "alpha" if options.damage == Path("alpha") else options.damage,
        polarity=options.polarity,
        threshold=options.threshold,
        pattern=options.mask_pattern,
        grow=options.dilate,
        warn=warn,
    )


def with_damage(rgb: NDArray[np.uint8], known: Mask) -> StoredImage:
    """Put colours ``(H, W, 3)`` and what is known of them ``(H, W)`` together, and forget the colours of the rest."""
    mean = np.rint(rgb[known].mean(0, dtype=np.float64)).astype(np.uint8)
    colours = np.where(known[..., None], rgb, mean)
    return np.dstack([colours, np.where(known, 0, 255).astype(np.uint8)])


def known_of(image: StoredImage) -> Mask:
    """Return which pixels are known, ``(H, W)``; all where the image has three channels."""
    return np.ones(image.shape[:2], np.bool_) if image.shape[2] == 3 else np.asarray(image[..., 3] == 0)


def draw_sample(
    image: StoredImage, masks: MaskSource, crop: int, augmentation: str, rng: np.random.Generator
) -> tuple[StoredImage, Mask]:
    """Draw a training crop with a mask on top of its damage.

    Crops are drawn until `ENOUGH_KNOWN` of one is known, masks until one has a hole where something is known and leaves
    something known valid; both at most `TRIES` times. An image without damage takes the first of each.

    Returns:
        The crop ``(crop, crop, 3)`` or, of a damaged image, ``(crop, crop, 4)``; and the mask ``(crop, crop)`` drawn,
        True = valid, which knows nothing of the damage.
    """
    best, known, share = None, None, -1.0
    for _ in range(TRIES):
        cut = augment(image, crop, augmentation, rng)
        here = known_of(cut)
        if here.mean() > share:
            best, known, share = cut, here, float(here.mean())
        if share >= ENOUGH_KNOWN:
            break
    assert best is not None
    assert known is not None
    for _ in range(TRIES):
        mask = masks.draw(rng)
        if mask[known].any() and not mask[known].all():
            break
    return best, mask
