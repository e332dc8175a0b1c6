"""The two folders of a mask page: which images there are, their masks under work, and what is saved of them."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.finding.find import check_apart, check_spares, find_images, relative_name
from pconv_cli.files.finding.partners import MASK_SUFFIX, find_partners, mask_names
from pconv_cli.files.formats import IMAGE_SUFFIXES
from pconv_cli.files.masks.codec import read_packed_mask, write_mask_by_name
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity, check_threshold
from pconv_cli.files.previews import as_stored, upright
from pconv_cli.files.tiff.windowed import is_scan
from pconv_cli.masks.annotations.given import holds_annotations
from pconv_cli.masks.annotations.importing import find_annotations
from pconv_cli.masks.edits import FillChoice, as_record, choice_of, read_edits, write_edits
from pconv_cli.web.drawing import MaskDrawing
from pconv_cli.web.images import ShownImage, open_image

# Images that are held open at a time; masks under work stay all.
_OPEN = 3


@dataclass(frozen=True)
class EditOptions:
    """What is edited, and where it is saved.

    Attributes:
        images: A folder of images, or one image.
        masks: The folder of masks, which need not exist yet, or the mask of one image.
        out: The folder to save to; None: where the masks are.
        polarity: The colour of the hole in the files that are read; in saved files it is white.
        threshold: Value (of 255) from which a sample counts as white, in [1, 255].
    """

    images: Path
    masks: Path
    out: Path | None = None
    polarity: Polarity = Polarity.WHITE
    threshold: int = THRESHOLD


@dataclass
class OpenMask:
    """An image's mask under work.

    Attributes:
        drawing: The mask and its steps.
        saved: The drawing's revision, and the choice, as they were last saved or read.
        origin: What it began as: ``file`` or ``none``; ``detected`` is added when proposals are accepted.
        choice: The method and variant chosen for the image; None: what the command is given.
        lock: Held while the drawing is read or changed.
    """

    drawing: MaskDrawing
    saved: tuple[int, FillChoice | None] = (0, None)
    origin: str = "none"
    choice: FillChoice | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def now(self) -> tuple[int, FillChoice | None]:
        """What would be saved: see ``saved``."""
        return self.drawing.revision, self.choice

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self.now != self.saved


class Workspace:
    """The images of a folder and their masks.

    Args:
        options: What is edited.

    Raises:
        UsageError: A path does not exist, the threshold is out of range, masks would be saved among the images, or
            white holes beside black ones; or the masks are annotations.
        NothingToDo: There is no image.
        OutputError: The folder of masks cannot be written.
    """

    def __init__(self, options: EditOptions) -> None:
        check_threshold(options.threshold)
        self.options = options
        self.out = options.out or (options.masks.parent if options.masks.is_file() else options.masks)
        check_apart(options.images, self.out, "images", option("masks" if options.out is None else "out"))
        if self.out.is_file():
            raise UsageError(f"{self.out} is a file: choose a folder for the masks")
        if self.out == options.masks and options.masks.suffix.lower() in IMAGE_SUFFIXES and not self.out.is_dir():
            raise UsageError(
                f"{option('masks')} {options.masks}: there is no such mask; check the path, or name a folder"
            )
        if options.polarity is Polarity.BLACK and options.out is None and options.masks.exists():
            raise UsageError(
                f"{option('polarity')} black: saved masks have white holes; name another folder for them by "
                f"{option('out')}"
            )
        self.images = {relative_name(path, options.images): path for path in find_images(options.images)}
        if not self.images:
            raise NothingToDo(f"{options.images}: no image found; give a folder of images, or one image")
        self.names = list(self.images)
        _check_masks(options)
        ensure_writable_folder(self.out)
        self._files = mask_names(self.names)
        self._problems: dict[str, FileError] = {}
        self._masks = self._found_masks()
        self._edits = read_edits(self.out)
        self._work: dict[str, OpenMask] = {}
        self._open: OrderedDict[str, ShownImage] = OrderedDict()
        self._lock = threading.RLock()

    def listing(self) -> list[dict[str, Any]]:
        """Give every image's name and the state of its mask: ``none``, ``there``, ``saved`` or ``changed``."""
        found = []
        for name in self.names:
            work = self._work.get(name)
            choice = work.choice if work is not None else choice_of(self._edits.get(name, {}))
            found.append({"name": name, "state": self.state(name), **as_record(choice)})
        return found

    def state(self, name: str) -> str:
        """Give the state of an image's mask; see `listing`."""
        work = self._work.get(name)
        if work is not None and work.changed:
            return "changed"
        if name in self._edits and name in self._masks:
            return "saved"
        return "there" if name in self._masks or name in self._problems else "none"

    @contextmanager
    def image(self, name: str) -> Iterator[ShownImage]:
        """Open an image, or take it as it is open already; the last few stay open.

        Raises:
            ImageError: It cannot be read.
        """
        with self._lock:
            shown = self._open.get(name)
            if shown is None:
                shown = open_image(self.images[name])
                self._open[name] = shown
            self._open.move_to_end(name)
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)[1].close()
            yield shown

    def work(self, name: str) -> OpenMask:
        """Give an image's mask under work, read from its file at first.

        Raises:
            FileError: The image or its mask cannot be read, they do not fit together, or it is not clear which is the
                mask.
        """
        with self._lock:
            if name in self._problems:
                raise self._problems[name]
            if name not in self._work:
                with self.image(name) as shown:
                    self._work[name] = self._read(name, shown)
            return self._work[name]

    def save(self, name: str) -> dict[str, Any]:
        """Write an image's mask, whole or not at all, and the record of it beside it.

        A PNG or TIFF that is there is replaced, under its own name.

        Args:
            name: The image.

        Returns:
            The record.

        Raises:
            MaskError: The mask that is there is of another format and would stay beside the saved one.
            OutputError: They cannot be written.
        """
        work = self.work(name)
        with work.lock, self._lock:
            with self.image(name) as shown:
                orientation = shown.orientation
            scan = is_scan(self.images[name])
            target = self._target(name, ".tif" if scan else ".png")
            target.parent.mkdir(parents=True, exist_ok=True)
            mask = work.drawing.mask
            if orientation > 1:
                mask = PackedMask.of(as_stored(mask.whole(), orientation))
            write_mask_by_name(target, mask)
            self._edits = read_edits(self.out)  # which another page, or a person, may have changed
            record = {
                "mask": target.relative_to(self.out).as_posix(),
                "sha256": sha256_of(target),
                "made_by": "edited",
                "began_as": work.origin,
                "hole_ratio": round(work.drawing.hole_ratio, 6),
                **self._chosen(name, work.choice),
                "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            self._edits[name] = record
            write_edits(self.out, self._edits)
            self._masks[name] = target
            work.saved = work.now
            return record

    def _chosen(self, name: str, choice: FillChoice | None) -> dict[str, Any]:
        """Give a choice as its record holds it, with what was written there by hand unless another one is made here."""
        before = self._edits.get(name, {})
        record = as_record(choice)
        if choice_of(before) == choice:
            record |= {key: before[key] for key in ("texture", "seed") if key in before}
        return record

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def _target(self, name: str, suffix: str) -> Path:
        """The file that an image's mask is saved to."""
        known = self._masks.get(name)
        if known is None or not known.is_relative_to(self.out):
            return (self.out / self._files[name]).with_suffix(suffix)
        if known.suffix.lower() not in {suffix, ".tif", ".tiff"}:
            raise MaskError(
                f"{known}: the saved {suffix} would be a second mask beside it; save elsewhere by {option('out')}"
            )
        return known

    def _found_masks(self) -> dict[str, Path]:
        masks = self.options.masks
        found: dict[str, Path] = {}
        if masks.is_file():
            if len(self.names) > 1:
                raise UsageError(f"{option('masks')} {masks}: is one mask for several images; give a folder of masks")
            found[self.names[0]] = masks
        for folder in dict.fromkeys((masks, self.out)):  # what was saved elsewhere before goes first
            if folder.is_dir() and not (masks.is_file() and folder == masks.parent):
                partners = find_partners(self.names, folder, suffixes=("", MASK_SUFFIX))
                self._problems = {name: error for name, error in self._problems.items() if name not in partners.found}
                self._problems |= {name: error for name, error in partners.problems if name not in partners.missing}
                found |= partners.found
        for name, image in self.images.items():
            for suffix in (".png", ".tif"):
                check_spares((self.out / self._files[name]).with_suffix(suffix), image, option("masks"))
            if name in found:
                check_spares(found[name], image, option("masks"))
        return found

    def _read(self, name: str, shown: ShownImage) -> OpenMask:
        choice = choice_of(self._edits.get(name, {}))
        path = self._masks.get(name)
        if path is None:
            return OpenMask(MaskDrawing(PackedMask(shown.size)), (0, choice), choice=choice)
        ours = self._edits.get(name, {}).get("sha256") == sha256_of(path)
        polarity = Polarity.WHITE if ours else self.options.polarity
        packed = read_packed_mask(path, polarity=polarity, threshold=THRESHOLD if ours else self.options.threshold)
        if shown.orientation > 1:
            packed = PackedMask.of(upright(packed.whole(), shown.orientation))
        if packed.size != shown.size:
            raise MaskError(f"{path}: differs in size from {name}; a mask must be as large as its image")
        origin = str(self._edits[name].get("began_as", "file")) if ours else "file"
        return OpenMask(MaskDrawing(packed), (0, choice), origin=origin, choice=choice)


def _check_masks(options: EditOptions) -> None:
    """Refuse annotations: the page would show none of them, and masks saved beside them would be taken instead."""
    if not holds_annotations(options.masks):
        return
    try:
        first = find_annotations(options.masks)[0]
    except NothingToDo:  # other files
        return
    raise UsageError(
        f"{option('masks')} {options.masks}: holds annotations ({first.name}), which the page does not show; draw "
        "masks from them by pconv masks import, and name their folder"
    )
