"""Counting masks: how many lie in each hole-ratio class, with and without holes at the border, in every folder."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError, NothingToDo, one_file
from pconv_cli.files.finding.find import find_images, left_out_words, relative_name
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.polarity import Polarity, check_threshold
from pconv_cli.masks.ratios import (
    MOSTLY_HOLE,
    RATIO_CLASSES,
    Mask,
    class_label,
    hole_ratio,
    mostly_hole_warning,
    ratio_class,
    touches_border,
)
from pconv_cli.progress import Progress, Silent, warn_first
from pconv_cli.wording import failed_json


@dataclass
class BorderCount:
    """Masks that keep their holes from the border zone, and masks that do not."""

    inside: int = 0
    border: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.inside + self.border

    def add(self, at_border: bool) -> None:
        """Count one more."""
        if at_border:
            self.border += 1
        else:
            self.inside += 1


@dataclass
class FolderStats:
    """The masks of one folder, those of its subfolders left out.

    Attributes:
        folder: POSIX path below the folder asked for; ``"."`` for that folder itself.
        classes: One count for each of the six classes.
        outside: Masks whose ratio lies in none of them.
        sizes: How many masks have which size, written WxH.
    """

    folder: str
    classes: list[BorderCount] = field(default_factory=lambda: [BorderCount() for _ in RATIO_CLASSES])
    outside: BorderCount = field(default_factory=BorderCount)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> BorderCount:
        """All masks of the folder."""
        counts = [*self.classes, self.outside]
        return BorderCount(sum(c.inside for c in counts), sum(c.border for c in counts))

    def add(self, mask: Mask) -> None:
        """Count ``mask``, bool (H, W), True = valid."""
        index = ratio_class(hole_ratio(mask))
        count = self.outside if index is None else self.classes[index]
        count.add(touches_border(mask))
        size = f"{mask.shape[1]}x{mask.shape[0]}"
        self.sizes[size] = self.sizes.get(size, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """Give the counts as JSON has them."""
        classes = [
            {"class": class_label(index), "low": low, "high": high, **asdict(count)}
            for index, ((low, high), count) in enumerate(zip(RATIO_CLASSES, self.classes, strict=True))
        ]
        return {
            "folder": self.folder,
            "masks": self.total.total,
            "classes": classes,
            "outside": asdict(self.outside),
            "sizes": self.sizes,
        }


@dataclass
class StatsReport:
    """The counts of every folder that holds masks; ``exit_code`` is the status with which a command should end."""

    root: Path
    folders: list[FolderStats] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some masks could not be read."""
        return FileError.exit_code if self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON has it."""
        return {
            "root": self.root.as_posix(),
            "folders": [folder.to_json() for folder in self.folders],
            "failed": failed_json(self.failed),
            "exit_code": self.exit_code,
        }


def count_masks(
    root: Path,
    *,
    polarity: Polarity = Polarity.WHITE,
    threshold: int | None = None,
    progress: Progress | None = None,
) -> StatsReport:
    """Count the masks of a folder and of all folders below it.

    Args:
        root: A folder of mask files, or one mask file.
        polarity: The colour of the hole in the files.
        threshold: Value (of 255) from which a sample counts as white, in [1, 255]; see `read_mask` for None.
        progress: Hears how far the work is.

    Raises:
        UsageError: There is no such folder, or the threshold is out of range.
        NothingToDo: The folder holds no mask.
    """
    progress = progress or Silent()
    check_threshold(threshold)
    files = find_images(root)
    if not files:
        raise NothingToDo(f"{root}: no mask found; give a folder of mask files (PNG), as `pconv masks gen` makes")
    report = StatsReport(root)
    folders: dict[str, FolderStats] = {}
    mostly_hole = 0
    doubts: list[str] = []
    progress.start(len(files), "masks")
    for path in files:
        name = relative_name(path, root)
        try:
            with one_file(path):
                mask = read_mask(path, polarity=polarity, threshold=threshold, warn=doubts.append)
        except FileError as error:
            reason = str(error).removeprefix(f"{path}: ")
            report.failed.append((name, reason))
            progress.advance(name, reason)
            continue
        folder = Path(name).parent.as_posix()
        folders.setdefault(folder, FolderStats(folder)).add(mask)
        mostly_hole += hole_ratio(mask) > MOSTLY_HOLE
        progress.advance(name)
    warn_first(progress, doubts)
    for words in left_out_words(root):
        progress.warn(words)
    if mostly_hole:
        progress.warn(mostly_hole_warning(mostly_hole, len(files), polarity))
    report.folders = [folders[name] for name in sorted(folders)]
    return report
