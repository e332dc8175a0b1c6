"""Masks from annotation files, one for each label of an image, so that what a person called the damage is kept."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from pconv_cli.errors import FileError, MaskError, NothingToDo
from pconv_cli.files.finding.find import find_images, relative_name
from pconv_cli.files.masks.codec import read_packed_mask, write_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.drawing import AnnotationDrawing, placed_mask
from pconv_cli.masks.annotations.importing import find_annotations
from pconv_cli.masks.annotations.report import ImportOptions, ImportReport
from pconv_cli.progress import Progress


@dataclass(frozen=True)
class Labelled:
    """The masks of annotated images by label, as long as they are open.

    Attributes:
        images: All images by their names.
        files: For each annotated image its labels, with the file of each label's mask; no label where nothing is
            marked on it.
        broken: The images of which an annotation could not be drawn, each with the reason.
        failed: Annotation files that failed, or in part, each with the reason.
        unread: Those of them that could not be read.
    """

    images: dict[str, Path]
    files: dict[str, dict[str, Path]]
    broken: dict[str, str]
    failed: list[tuple[str, str]]
    unread: list[tuple[str, str]]

    def check(self, image: str) -> None:
        """Refuse an image whose annotations are missing, or not whole.

        Raises:
            MaskError: They are.
        """
        if image in self.broken:
            raise MaskError(f"{image}: its annotations cannot be drawn ({self.broken[image]}); correct them")
        if image not in self.files:
            raise MaskError(f"{image}: is not annotated; annotate it, or leave it out")

    def areas(self, image: str) -> Iterator[tuple[str, PackedMask]]:
        """Give the labels of an image, each with its mask, one at a time."""
        for label, path in self.files[image].items():
            yield label, read_packed_mask(path)

    def known_areas(self, image: str) -> Iterator[tuple[str, PackedMask]]:
        """Give what `areas` does, and nothing where the annotations are missing, or not whole."""
        if image in self.files and image not in self.broken:
            yield from self.areas(image)


@contextmanager
def labels_drawn(source: Path, like: Path, progress: Progress) -> Iterator[Labelled]:
    """Draw annotations label by label into a temporary folder; inside this block the masks can be read.

    Labels that differ by capitals alone are one. Regions of one label are united, from several files too.

    Args:
        source: An annotation file, or a folder of them.
        like: The annotated images: a folder, or one image.
        progress: What to report to.

    Raises:
        UsageError: There is no such source.
        NothingToDo: It holds no annotation, or there is no image.
    """
    images = {relative_name(path, like): path for path in find_images(like)}
    if not images:
        raise NothingToDo(f"{like}: no image found; name the folder of the annotated images")
    files = find_annotations(source)
    with TemporaryDirectory(prefix="pconv-", ignore_cleanup_errors=True) as temporary:
        report = ImportReport(Path(temporary))
        drawing = _ByLabel(ImportOptions(source, like, Path(temporary)), images, report, progress)
        progress.start(len(files), "annotation files")
        for path in files:
            name = relative_name(path, source)
            drawing.file(path, name, None)
            progress.advance(name)
        yield Labelled(images, drawing.found, drawing.broken, report.failed, report.unread)


class _ByLabel(AnnotationDrawing):
    """The same with a file for each label of an image; an image is annotated wholly or not at all."""

    def __init__(
        self, options: ImportOptions, images: dict[str, Path], report: ImportReport, progress: Progress
    ) -> None:
        super().__init__(options, images, report, progress)
        self.found: dict[str, dict[str, Path]] = {}
        self.broken: dict[str, str] = {}
        self._numbers = count()

    def draw(self, image: str, annotated: AnnotatedImage) -> None:
        """Draw one image's annotations into the files of its labels."""
        try:
            placed = self.placed(image, annotated)  # whose size has to fit also where nothing is marked
            files = self.found.setdefault(image, {})
            for regions in _by_label(annotated.regions):
                self._add(files, regions, placed_mask(image, annotated, regions, placed))
        except FileError as error:
            self.broken.setdefault(image, str(error))
            raise

    def _add(self, files: dict[str, Path], regions: list[Region], packed: PackedMask) -> None:
        own = regions[0].label
        label = next((one for one in files if one.casefold() == own.casefold()), own)
        if label in files:
            packed.add(read_packed_mask(files[label]))
        place = files.setdefault(label, self.options.out / f"{next(self._numbers)}.tif")
        write_packed_mask(place, packed)


def _by_label(regions: Sequence[Region]) -> Iterable[list[Region]]:
    groups: dict[str, list[Region]] = {}
    for region in regions:
        groups.setdefault(region.label.casefold(), []).append(region)
    return groups.values()
