"""The manifest of a folder of drawn masks: one line of JSON with the options, then one for each mask."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from pconv_cli.errors import FileError, UsageError, option
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.json_text import parse_json
from pconv_cli.files.opening import open_regular
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import Mask, class_label, hole_ratio, ratio_class, touches_border

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class MaskRecord:
    """What the manifest says of one mask.

    Attributes:
        file: POSIX path below the folder.
        kind: The type asked for.
        width: In pixels.
        height: In pixels.
        ratio: Hole ratio.
        ratio_class: The class's interval as text, or None outside all six.
        border: Whether a hole lies in the border zone.
        seed: What ``numpy.random.default_rng`` was given: the seed and the mask's number.
    """

    file: str
    kind: str
    width: int
    height: int
    ratio: float
    ratio_class: str | None
    border: bool
    seed: tuple[int, int]

    @classmethod
    def of(cls, mask: Mask, file: str, kind: MaskKind, seed: tuple[int, int]) -> Self:
        """Describe ``mask``, bool (H, W), True = valid."""
        ratio = hole_ratio(mask)
        index = ratio_class(ratio)
        label = None if index is None else class_label(index)
        height, width = mask.shape
        return cls(file, str(kind), width, height, ratio, label, touches_border(mask), seed)


@dataclass
class MaskManifest:
    """The records of a folder, by file name, and the options they were drawn with.

    ``stale`` names the files there that other options have drawn: a run that replaces masks begins with all of them,
    and one that is cut short leaves those that it has not come to, so that the next run does not take them for its own.
    """

    path: Path
    options: dict[str, Any]
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    ours: bool = False
    stale: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, path: Path, options: dict[str, Any], *, replace: bool) -> Self:
        """Take up the manifest at ``path``, or begin one where there is none or ``replace`` is given.

        Raises:
            UsageError: The manifest there lists masks drawn with other options, or cannot be read.
        """
        if not path.exists():
            return cls(path, options)
        try:
            with open_regular(path) as file:
                first, *rest = [parse_json(line) for line in file.read().splitlines()]
            found, records = dict(first["options"]), {record["file"]: record for record in rest}
            stale = set(first.get("stale", []))
            if not all(isinstance(name, str) for name in (*records, *stale)):
                raise TypeError("files are named by text")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if replace:
                return cls(path, options)
            raise UsageError(
                f"{path}: not a manifest of masks; choose another {option('out')}, or {option('overwrite')} to replace "
                "it"
            ) from error
        if replace:
            return cls(path, options, stale=stale | records.keys())
        if found != options:
            changed = ", ".join(f"{key} {found.get(key)}" for key in options if found.get(key) != options[key])
            raise UsageError(
                f"{path.parent} holds masks drawn with other options ({changed}); "
                f"choose another {option('out')}, or {option('overwrite')} to replace them"
            )
        return cls(path, options, records, ours=True, stale=stale)

    def add(self, record: MaskRecord) -> None:
        """Take a mask in."""
        self.records[record.file] = asdict(record)
        self.stale.discard(record.file)

    def keep(self, file: str, read_back: Callable[[], MaskRecord]) -> None:
        """Take in a mask that was there before, unless it is known, or somebody else's."""
        if self.ours and file not in self.records:
            try:
                self.add(read_back())
            except FileError:  # not readable as a mask: nothing to say about it
                return

    def save(self) -> None:
        """Write the whole manifest, masks in the order of their names."""
        head: dict[str, Any] = {"options": self.options}
        stale = sorted(file for file in self.stale if (self.path.parent / file).exists())
        lines = [{**head, "stale": stale} if stale else head, *(self.records[file] for file in sorted(self.records))]
        with atomic_path(self.path) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
