"""Images and masks by name, and what their pairing says."""

from pathlib import Path

from PIL import Image

from pconv_cli.files.finding.pairing import Pairing


def draw(path: Path, size: tuple[int, int] = (8, 6), mode: str = "RGB", orientation: int | None = None) -> Path:
    """Save an image; ``size`` is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.new(mode, size).save(path, exif=exif)
    return path


def as_names(pairing: Pairing, masks: Path) -> dict[str, str]:
    return {pair.name: pair.mask.relative_to(masks).as_posix() for pair in pairing.pairs if pair.mask}


def the_problem(pairing: Pairing) -> str:
    assert len(pairing.problems) == 1
    return str(pairing.problems[0][1])
