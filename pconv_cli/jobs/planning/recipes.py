"""Whether two recipes give one image the same result: some options have no say in some images."""

from pathlib import Path

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_format, read_header
from pconv_cli.jobs.manifest import Record

# Options that some images have no use for; see `InpaintOptions`.
_OF_SOME = frozenset({"cmyk_to_rgb", "rgb", "format"})

# Formats that hold no more than four channels, for which bands have no meaning.
_OF_FOUR_CHANNELS = frozenset({ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.BMP})


def same_recipe(made: Record, wanted: Record, image: Path) -> bool:
    """Say whether what an output was made by would make it today; the image is looked at only where it decides.

    Args:
        made: The recipe of the output; see `pconv_cli.jobs.manifest.recipe_of`.
        wanted: That of today, for an output of the same name.
        image: What it was made from.
    """
    differing = {key for key in made.keys() | wanted.keys() if made.get(key) != wanted.get(key)}
    if not differing or not differing <= _OF_SOME:
        return not differing
    try:
        own = read_format(image)
        return not (
            ("cmyk_to_rgb" in differing and read_header(image).is_cmyk)
            or ("rgb" in differing and own not in _OF_FOUR_CHANNELS)
            or ("format" in differing and (made.get("format") or own) != (wanted.get("format") or own))
        )
    except ImageError:  # which is reported where the image is read
        return False
