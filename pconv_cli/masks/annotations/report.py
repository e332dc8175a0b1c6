"""What an import of annotations is asked for, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError
from pconv_cli.masks.ratios import MOSTLY_HOLE
from pconv_cli.wording import failed_json


@dataclass(frozen=True)
class ImportOptions:
    """What to import, for which images, and where to.

    Attributes:
        source: An annotation file, or a folder of them.
        like: The images that were annotated: a folder, or one image.
        out: The folder to write masks to.
        labels: Classes to draw; empty: all.
        drawing_map: Control points of a DXF drawing; see `DrawingMap.parse`.
        overwrite: Replace masks that exist; otherwise they are kept.
    """

    source: Path
    like: Path
    out: Path
    labels: Sequence[str] = ()
    drawing_map: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Imported:
    """One mask.

    Attributes:
        name: The image, relative to its folder.
        mask: The mask file.
        regions: Annotations drawn.
        hole_ratio: Share of the image that is hole, 0 to 1.
        kept: Whether the mask was there already and stayed as it was.
    """

    name: str
    mask: str
    regions: int
    hole_ratio: float
    kept: bool = False


@dataclass
class ImportReport:
    """What became of it; ``exit_code`` is the status with which a command should end.

    ``labels`` counts the regions of every class, ``bare`` names the images without any annotation, and ``notes`` says
    what was left out. ``unread`` are those of ``failed`` whose file could not be read. ``mostly_hole`` names the images
    of which so much is hole that it can hardly be meant.
    """

    out: Path
    imported: dict[str, Imported] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some annotations could not be read or drawn."""
        return FileError.exit_code if self.failed else 0

    @property
    def mostly_hole(self) -> list[str]:
        """The images whose masks are more than 70 % hole, which `pconv inpaint` refuses unless that is allowed."""
        return [one.name for one in self.imported.values() if one.hole_ratio > MOSTLY_HOLE]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "imported": [asdict(one) for one in self.imported.values()],
            "labels": dict(self.labels),
            "failed": failed_json(self.failed),
            "notes": self.notes,
            "without_annotation": self.bare,
            "mostly_hole": self.mostly_hole,
            "exit_code": self.exit_code,
        }
