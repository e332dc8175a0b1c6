"""What a reader gives: the annotated images of one file, with their regions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pconv_cli.masks.annotations.shapes import Shape

#: What a region without a class is called.
UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class Region:
    """One annotation.

    Attributes:
        label: Its class.
        shapes: What it covers: the union of these.
    """

    label: str
    shapes: Sequence[Shape]


@dataclass
class AnnotatedImage:
    """One image's annotations.

    Attributes:
        names: What the file calls the image, the surest first: a relative path, a file name or a stem. Empty: the image
            has the annotation file's own stem.
        size: (height, width) that the coordinates belong to; None where the format does not say.
        displayed: Whether the coordinates belong to the image as viewers turn it by its EXIF orientation; otherwise
            to the image as it is stored.
        frame: (width, height) of the units that the coordinates count, where they are not pixels: the image's whole
            width and height. None: they are pixels.
        regions: The annotations.
        skipped: What was left out and why, a sentence each.
    """

    names: list[str] = field(default_factory=list)
    size: tuple[int, int] | None = None
    displayed: bool = True
    frame: tuple[float, float] | None = None
    regions: list[Region] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
