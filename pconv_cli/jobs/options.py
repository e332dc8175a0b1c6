"""What a run of inpainting is asked to do."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pconv_cli.arguments import ChoiceField, MasksField, OptionalChoiceField, OptionalPathField, PathField
from pconv_cli.errors import UsageError, option
from pconv_cli.files.formats import SIGNED_FORMATS, ImageFormat
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import OPAQUE, THRESHOLD, Polarity, check_threshold
from pconv_cli.files.retouch.names import Retouch, Show
from pconv_cli.jobs.shards import Shard
from pconv_cli.masks.kinds import WIDEST
from pconv_cli.methods.names import ON_DEVICE
from pconv_cli.methods.options import FillOptions

#: Numbers of three bands.
_BANDS = re.compile(r"[1-9][0-9]?(,[1-9][0-9]?){2}")


@dataclass(frozen=True)
class InpaintOptions(FillOptions):
    """What to inpaint, and how; what is not listed here is in `FillOptions`.

    Attributes:
        images: A folder (searched at any depth) or one image.
        masks: A folder of masks, one mask for all, or ``"alpha"`` for the images' own transparency.
        out: The folder to write to; for one image also a file.
        polarity: The colour of the hole in mask files.
        threshold: Value in [1, 255] from which a mask's sample is white, or a pixel opaque; None: `THRESHOLD`, where
            masks have to be clear about it (see `pconv_cli.files.masks.codec.read_mask`), or `OPAQUE`.
        mask_pattern: How masks in a folder are named, such as ``{stem}-mask``; None: as their images.
        allow_large_holes: Whether masks of more than 70 % hole are taken, or refused as read the wrong way round.
        cmyk_to_rgb: Whether CMYK images are converted to sRGB and restored as such, or refused.
        rgb: For images of more than four channels, the numbers of the three bands (from 1, such as ``"3,2,1"``) that
            the method sees as red, green and blue; the others follow them. None: each band is filled on its own.
        format: The format to write; None: each image's own.
        max_megapixels: The largest image that is decoded as a whole, in millions of pixels.
        overwrite: Whether outputs that exist are made again instead of skipped.
        fail_fast: Whether the first image that fails ends the run.
        resume: Whether outputs whose image, mask, weights or options have changed since are made again; see
            `pconv_cli.jobs.manifest`.
        shard: The part of the folder to do; None: all of it.
        profile: Whether the report says where the time went.
        report: The HTML page to write, see `pconv_cli.jobs.report.page`; None: none.
        provenance: Whether restored files say in their XMP how they were restored; see
            `pconv_cli.files.metadata.provenance`.
        retouch: How the retouch is written beside each restored file; None: not. See `pconv_cli.jobs.images.extras`.
        show: How a display copy beside each restored file shows the fills; None: there is none.
        confidence: Whether a map of how sure the fills are is written beside each restored file; see
            `pconv_cli.jobs.images.confidence`.
        c2pa_cert: The certificate by which restored files are signed, a chain in PEM; None: they are not. See
            `pconv_cli.jobs.signing`.
        c2pa_key: Its private key, in PEM.
        leave_wider: Width in pixels of losses above which they are not filled, and get a neutral tone; None: all are
            filled. See `pconv_cli.masks.wide`.
        annotations: The annotation files that ``masks`` were drawn from, for the length of a run; None: ``masks`` are
            what the user named.
        labels: Gives, by an image's name, the labels of its damage with their areas, for ``report``; none: it has no
            labels. See `pconv_cli.jobs.drawn_masks`.
        unread: The annotation files that could not be read, each with the reason; they fail as images do.

    Raises:
        UsageError: A value lies outside its range, or two do not fit together.

    Example:
        >>> options = InpaintOptions("in", "m", "out", method="telea", format="png")
        >>> options.images, options.format
        (PosixPath('in'), <ImageFormat.PNG: 'png'>)
    """

    images: PathField = PathField()
    masks: MasksField = MasksField()
    out: PathField = PathField()
    polarity: ChoiceField[Polarity] = ChoiceField(Polarity, Polarity.WHITE)
    threshold: int | None = None
    mask_pattern: str | None = None
    allow_large_holes: bool = False
    cmyk_to_rgb: bool = False
    rgb: str | None = None
    format: OptionalChoiceField[ImageFormat] = OptionalChoiceField(ImageFormat)
    max_megapixels: int = MAX_PIXELS // 1_000_000
    overwrite: bool = False
    fail_fast: bool = False
    resume: bool = False
    shard: Shard | None = None
    profile: bool = False
    report: OptionalPathField = OptionalPathField()
    provenance: bool = True
    retouch: OptionalChoiceField[Retouch] = OptionalChoiceField(Retouch)
    show: OptionalChoiceField[Show] = OptionalChoiceField(Show)
    confidence: bool = False
    c2pa_cert: OptionalPathField = OptionalPathField()
    c2pa_key: OptionalPathField = OptionalPathField()
    leave_wider: int | None = None
    annotations: Path | None = field(default=None, repr=False, compare=False)
    labels: Callable[[str], Iterator[tuple[str, PackedMask]]] | None = field(default=None, repr=False, compare=False)
    unread: Sequence[tuple[str, str]] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)
        if self.max_megapixels < 1:
            raise UsageError(f"{option('max_megapixels')} {self.max_megapixels}: must be 1 or more")
        if self.leave_wider is not None and not 1 <= self.leave_wider <= WIDEST:
            raise UsageError(f"{option('leave_wider')} {self.leave_wider}: must lie between 1 and {WIDEST} pixels")
        if (self.c2pa_cert is None) != (self.c2pa_key is None):
            missing, given = ("c2pa_key", "c2pa_cert") if self.c2pa_key is None else ("c2pa_cert", "c2pa_key")
            raise UsageError(f"{option(missing)}: is missing; {option(given)} needs it, or leave both out")
        if self.c2pa_cert is not None and self.format is not None and self.format not in SIGNED_FORMATS:
            raise UsageError(
                f"{option('format')} {self.format}: holds no C2PA manifest; write another format, or leave out "
                f"{option('c2pa_cert')}"
            )
        if self.masks == "alpha" and self.polarity != Polarity.WHITE:
            raise UsageError(
                f"{option('polarity')}: has no meaning with {option('masks')} alpha; the transparent part is the hole"
            )
        if self.rgb is not None and (_BANDS.fullmatch(self.rgb) is None or len({*self.rgb.split(",")}) != 3):
            raise UsageError(f"{option('rgb')} {self.rgb}: must be the numbers of three bands, from 1, such as 3,2,1")
        if self.resume and self.overwrite:
            raise UsageError(
                f"{option('resume')}: has no meaning with {option('overwrite')}, which makes every output again; leave "
                "one out"
            )
        if self.report is not None and self.shard is not None:
            raise UsageError(
                f"{option('report')}: would show one part only; when all parts are done, run the command without "
                f"{option('shard')}, which keeps the images and writes the page"
            )

    def mask_source(self, mask: Path | None) -> str:
        """Name what an image's mask comes from: its file, the annotations it is drawn from, or ``alpha`` for None."""
        return "alpha" if mask is None else str(self.annotations or mask)

    def mask_named(self, mask: Path) -> str:
        """Name an image's mask in a message by its file, or by the annotations it is drawn from."""
        return f"mask {mask}" if self.annotations is None else f"mask drawn from {self.annotations}"

    def reworded(self, message: str) -> str:
        """Name annotations in a message by the user's path, not by the drawn masks', which are gone after the run."""
        return message if self.annotations is None else message.replace(str(self.masks), str(self.annotations))

    @property
    def named_bands(self) -> tuple[int, int, int] | None:
        """The bands that are seen as red, green and blue, from 0."""
        if self.rgb is None:
            return None
        red, green, blue = (int(number) - 1 for number in self.rgb.split(","))
        return red, green, blue

    @property
    def white_from(self) -> int:
        """The threshold: what was asked for, or that of masks of this kind."""
        if self.threshold is not None:
            return self.threshold
        return OPAQUE if self.masks == "alpha" else THRESHOLD

    @property
    def max_pixels(self) -> int:
        """The largest image that is decoded as a whole, in pixels."""
        return self.max_megapixels * 1_000_000

    @property
    def own_device(self) -> str:
        """Where this process runs its method: of torchrun's, each on a GPU of its own."""
        return self.device if self.shard is None or self.method not in ON_DEVICE else self.shard.device(self.device)
