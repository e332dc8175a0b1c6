"""Training images that are damaged themselves: which of their pixels are known, and crops that hold enough of those.

Such an image is ``(H, W, 4)`` uint8: RGB, and a fourth channel that is 0 where the pixel is known and 255 where it is
damaged. What stood at damaged pixels is forgotten as the image is read: from there on they have the mean colour of
the known ones, so that no scaling, turning or jittering can bring a trace of it back.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, NamedTuple
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError, MaskError, NothingToDo, UsageError, option
from pconv_cli.files.colour.ranges import blank_pixels
from pconv_cli.files.decoding import decoding
from pconv_cli.files.finding.find import relative_name
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.images import read_header, read_image, read_page
from pconv_cli.files.masks.codec import mask_of_alpha, read_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage as FileImage
from pconv_cli.masks.annotations.given import check_drawn, holds_annotations, not_drawn
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


class Page(NamedTuple):
    """A page of a file of several, which is learnt from as an image of its own; ``number`` counts from 0."""

    path: Path
    number: int


Source = Path | Page
"""What is learnt from: an image, or a page."""


def file_of(source: Source) -> Path:
    """Give the file of an image or a page."""
    return source if isinstance(source, Path) else source.path


def name_of(source: Source, folder: Path) -> str:
    """Name an image, or a page with its number, relative to the folder that it was found in."""
    name = relative_name(file_of(source), folder)
    return f"{name}, page {source.number + 1}" if isinstance(source, Page) else name


def read_source(source: Source) -> FileImage:
    """Decode an image or a page, CMYK as sRGB, since nothing of it is written.

    Raises:
        ImageError: It cannot be.
    """
    if isinstance(source, Page):
        return read_page(source.path, source.number)
    try:
        return read_image(source, cmyk_to_rgb=True)
    except ImageError as error:
        if _has_bands(source):
            raise ImageError(f"{source}: has many bands; save three of them as RGB to learn from them") from error
        raise


def _has_bands(path: Path) -> bool:
    if not is_tiff(path):
        return False
    from pconv_cli.files.tiff.pages import has_bands  # tifffile is loaded where there is a TIFF

    with decoding(path):
        return has_bands(path)


class DamagedFolder:
    """The damaged images and pages of a folder that have a mask, as `pconv inpaint` pairs them.

    Args:
        images: Their folder, or one image.
        masks: A folder of masks, one mask for all, annotation files (drawn into a temporary folder that lasts as long
            as this object), or ``"alpha"`` for the images' own transparency.
        polarity: The colour of the damage in mask files.
        threshold: Value from which a mask's sample is white, or a pixel opaque; None: 128, or 255.
        pattern: How masks are named; see `pconv_cli.files.finding.pairing.pair_with_masks`.
        grow: Pixels by which damage is grown first.
        warn: Called with a sentence on each image without a clear mask.

    Attributes:
        sources: The images, and of files of several pages those with a mask.
        unreadable: What was wrong with those left out.

    Raises:
        UsageError: A path does not exist, or an option of mask files stands beside annotations.
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
        given = masks
        if isinstance(masks, Path) and holds_annotations(masks):
            check_drawn(polarity, threshold, pattern)
            masks = self._drawn(masks, images, warn)
        pairing = pair_with_masks(images, masks, pattern=pattern)
        problems = [
            not_drawn(name, given) if masks != given and name in pairing.missing else error
            for name, error in pairing.problems
        ]
        self.unreadable = {number: str(error) for number, error in enumerate(problems)}
        if pairing.problems and not pairing.pairs:
            raise NothingToDo(f"{images}: none of its images can be trained on; the first: {self.unreadable[0]}")
        for message in (*self.unreadable.values(), *pairing.doubts):
            warn(message.replace(str(masks), str(given)))
        self._masks = dict(masked for pair in pairing.pairs for masked in _sources(pair))
        self._polarity, self._threshold, self._grow = polarity, threshold, grow
        self.sources = list(self._masks)

    def _drawn(self, annotations: Path, images: Path, warn: Callable[[str], None]) -> Path:
        """Draw annotations as masks that last as long as this object; warn of those that cannot be."""
        from pconv_cli.masks.annotations.importing import import_masks
        from pconv_cli.masks.annotations.report import ImportOptions

        folder = Path(mkdtemp(prefix="pconv-"))
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        report = import_masks(ImportOptions(annotations, images, folder / annotations.name))
        for name, reason in report.failed:
            warn(f"{name}: {reason}")
        return report.out

    def read(self, source: Source) -> StoredImage:
        """Decode one of the images with its damage, ``(H, W, 4)``; pixels that show nothing count as damaged.

        Raises:
            ImageError: The image is damaged as a file.
            MaskError: The mask is, or it leaves no pixel known.
        """
        mask_path, image = self._masks[source], read_source(source)
        said = f"{source.path}, page {source.number + 1}" if isinstance(source, Page) else source
        if mask_path is None:
            known = mask_of_alpha(image, threshold=self._threshold)
        else:
            known = read_mask(mask_path, polarity=self._polarity, threshold=self._threshold)
        if self._grow:
            known = dilate(known, self._grow)
        if known.shape != image.size or not known.any():
            wrong = "is of another size" if known.shape != image.size else "leaves no pixel to learn from"
            raise MaskError(f"{said}: its mask {wrong}; {polarity_remedy(self._polarity)}")
        blank = blank_pixels(image.samples, image.no_data)
        known = known if blank is None else known & ~blank
        if not known.any():
            raise ImageError(f"{said}: shows nothing outside its mask (all transparent, or no data); leave it out")
        return with_damage(np.rint(image.rgb(known) * 255).astype(np.uint8), known)


def _sources(pair: Pair) -> Iterator[tuple[Source, Path | None]]:
    """Give an image with its mask, or each page of one that has a mask with that."""
    sizes = read_header(pair.image).pages
    if not sizes:
        yield pair.image, pair.mask
    for number, size in enumerate(sizes):
        mask = pair.mask_of_page(number + 1, size)
        if mask is not None:
            yield Page(pair.image, number), mask


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
